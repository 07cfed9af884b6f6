output "function_environment" {
  description = "Variables of every function that takes pushes, besides those of its entry in the topology."
  value = {
    MAX_AHEAD_SECONDS  = tostring(var.max_ahead_seconds)
    TRACE_SAMPLE_RATIO = tostring(var.trace_sample_ratio)
  }
}

output "notification_environment" {
  description = "Variables of what sends notifications: the function dlq and the console."
  value = merge(
    var.console_url == null ? {} : { CONSOLE_URL = var.console_url },
    var.alert_webhook == null ? {} : { ALERT_WEBHOOK_FORMAT = var.alert_webhook.format },
  )
}

output "notification_secrets" {
  description = "Secrets that become variables of what sends notifications, by the variable's name."
  value       = var.alert_webhook == null ? {} : { ALERT_WEBHOOK_URL = var.alert_webhook.secret }

  precondition {
    condition     = var.alert_webhook == null || !var.restrict_egress
    error_message = "alert_webhook is out of reach with restrict_egress: set one of the two, or name the webhook among alert_channels."
  }
}

output "console_environment" {
  description = "The console's variables for its options; none without roles and audience."
  value = merge(
    length(var.console_roles) == 0 ? {} : { CONSOLE_ROLES = jsonencode(var.console_roles) },
    var.iap_audience == null ? {} : { IAP_AUDIENCE = var.iap_audience },
  )

  precondition {
    condition     = length(local.without_role) == 0
    error_message = "console_access lets these in by name, and console_roles does not name them: ${join(", ", local.without_role)}."
  }
}

output "push_proxy" {
  description = "The proxy before the functions, as it was given; null without one."
  value       = var.push_proxy
}

output "alert_channels" {
  description = "Further notification channels, as they were given."
  value       = var.alert_channels

  precondition {
    condition     = var.environment != "prod" || length(var.alert_emails) + length(var.alert_channels) > 0
    error_message = "Production's alerts reach no one: set alert_emails or alert_channels."
  }
}

output "analytics" {
  description = "Who may read BigQuery's copy of the events, as it was given; null for no copy."
  value       = var.analytics
}

output "keyset_custodians" {
  description = "Who makes and rotates keysets, as it was given."
  value       = var.keyset_custodians
}
