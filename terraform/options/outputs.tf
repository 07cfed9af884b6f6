output "function_environment" {
  description = "What every function that takes pushes is told, besides what its entry of the topology says."
  value       = { TRACE_SAMPLE_RATIO = tostring(var.trace_sample_ratio) }
}

output "console_environment" {
  description = "The console's variables for its options; none without roles and audience."
  value = merge(
    length(local.roles) == 0 ? {} : { CONSOLE_ROLES = jsonencode(local.roles) },
    var.iap_audience == null ? {} : { IAP_AUDIENCE = var.iap_audience },
  )

  precondition {
    condition     = length(local.without_role) == 0
    error_message = "console_access lets these in by name, and console_roles says nothing of them: ${join(", ", local.without_role)}."
  }
  precondition {
    condition     = !contains(keys(var.console_roles), var.schedule_account)
    error_message = "console_roles names ${var.schedule_account}: the schedule is an operator by itself."
  }
}

output "push_proxy" {
  description = "What stands before the functions, as it was given; null where nothing does."
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

output "keyset_custodians" {
  description = "Who makes and rotates keysets, as it was given."
  value       = var.keyset_custodians
}
