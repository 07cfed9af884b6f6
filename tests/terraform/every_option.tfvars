# Production with every option in use, for a plan that has every resource there can be.
repository         = "projects/p/locations/asia-southeast1/connections/c/repositories/r"
trace_sample_ratio = 0.01
analytics          = { readers = ["group:analysts@example.com"] }
max_ahead_seconds  = 3600
restored           = { to = "2026-11-26T03:00:00Z", at = "2026-11-26T09:12:00Z", min_order_version = 100000 }
keyset_custodians  = ["group:security@example.com"]
publishers         = { order-create = ["serviceAccount:shop@example.iam.gserviceaccount.com"] }
console_roles      = { "lead@example.com" = "approver" }
console_access = {
  domain  = "failed.example.com"
  members = ["group:on-call@example.com", "user:lead@example.com"]
}
mounted_credentials = {
  secret  = "pubsub-sa"
  account = "legacy@order-events-prod.iam.gserviceaccount.com"
}
push_proxy = {
  url     = "https://push.example.com/events"
  account = "proxy@order-events-prod.iam.gserviceaccount.com"
}
iap_audience   = "/projects/123456789012/global/backendServices/1234567890123456789"
alert_channels = ["projects/order-events-prod/notificationChannels/1234567890"]
