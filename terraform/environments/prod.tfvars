project_id            = "order-events-prod"
environment           = "prod"
state_bucket          = "order-events-prod-state"
deletion_protection   = true
alert_emails          = { on-call = "on-call@retailer.example" }
backup_retention_days = 14
