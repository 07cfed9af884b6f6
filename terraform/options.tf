# What is switched on, checked: everything below reads it from here.

module "options" {
  source = "./options"

  trace_sample_ratio = var.trace_sample_ratio
  max_ahead_seconds  = var.max_ahead_seconds
  alert_webhook      = var.alert_webhook
  console_url        = var.console_url
  restrict_egress    = var.restrict_egress
  push_proxy         = var.push_proxy
  console_roles      = var.console_roles
  reviewers          = toset(flatten([for each in local.access : tolist(each.members)]))
  keyset_custodians  = var.keyset_custodians
  environment        = var.environment
  alert_emails       = var.alert_emails
  alert_channels     = var.alert_channels
  iap_audience       = var.iap_audience
  analytics          = var.analytics
}

locals {
  traced     = var.trace_sample_ratio > 0
  trace_apis = local.traced ? ["cloudtrace.googleapis.com"] : []
}

# Spans are exported by the function's own account; the console makes none.
resource "google_project_iam_member" "traces" {
  for_each = local.traced ? google_service_account.function : {}

  project = var.project_id
  role    = "roles/cloudtrace.agent"
  member  = each.value.member
}
