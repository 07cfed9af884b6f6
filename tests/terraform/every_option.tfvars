# Production with every option in use, for a plan that has every resource there can be.
repository         = "projects/p/locations/asia-southeast1/connections/c/repositories/r"
trace_sample_ratio = 0.01
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
