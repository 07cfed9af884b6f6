project_id            = "order-events-dev"
environment           = "dev"
state_bucket          = "order-events-dev-state"
keep_warm             = false # cold starts are cheaper than idle instances here
gradual_rollout       = false
deletion_protection   = false # torn down and built again at will
backup_retention_days = 7
