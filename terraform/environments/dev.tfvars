project_id            = "order-events-dev"
environment           = "dev"
state_bucket          = "order-events-dev-state"
keep_warm             = false # cold starts are cheaper than idle instances here
max_instances         = 2     # 20 vCPU in all, a common quota of a new project
gradual_rollout       = false
deletion_protection   = false # torn down and built again at will
backup_retention_days = 7
