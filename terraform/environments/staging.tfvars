project_id            = "order-events-staging"
environment           = "staging"
state_bucket          = "order-events-staging-state"
deletion_protection   = true
backup_retention_days = 7
