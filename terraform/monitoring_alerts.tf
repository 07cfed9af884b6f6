# Which alerts there are, and the runbook of each. Conditions are in monitoring_alerts.yaml, where tests read them too.

locals {
  alerts = yamldecode(file("${path.module}/monitoring_alerts.yaml"))

  runbooks = {
    for file in fileset("${path.module}/runbooks", "*.md") : trimsuffix(file, ".md") => templatefile(
      "${path.module}/runbooks/${file}",
      {
        dashboard = "https://console.cloud.google.com/monitoring/dashboards/builder/${basename(google_monitoring_dashboard.overview.id)}?project=${var.project_id}"
        console   = coalesce(var.console_url, "https://console.cloud.google.com/run?project=${var.project_id}")
        logs      = "https://console.cloud.google.com/logs/query?project=${var.project_id}"
        project   = var.project_id
        region    = var.region
      },
    )
  }

  log_alerts = {
    first_critical_dead_letter = {
      title    = "A critical message was dead-lettered"
      alert    = "critical_failed_message"
      labels   = ["topic", "reason"]
      severity = "CRITICAL"
    }
    new_failure_group = {
      title    = "Messages fail for a new reason"
      alert    = "new_failure_group"
      labels   = ["topic", "reason"]
      severity = "WARNING"
    }
    growing_failure_group = {
      title    = "A reason for failures grows fast"
      alert    = "growing_failure_group"
      labels   = ["topic", "reason"]
      severity = "ERROR"
    }
    order_exception = {
      title    = "A fact contradicts an order"
      alert    = "order_exception"
      labels   = ["code"]
      severity = "CRITICAL"
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  type         = "email"
  display_name = each.key
  labels       = { email_address = each.value }

  # An address that is taken out: the alerts let go of its channel before it is deleted, not after.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.api]
}

locals {
  notified = concat([for channel in google_monitoring_notification_channel.email : channel.id], tolist(module.options.alert_channels))
}

resource "google_monitoring_alert_policy" "expression" {
  for_each = local.alerts

  display_name          = each.value.title
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.notified
  user_labels           = { alert = each.key }

  conditions {
    display_name = each.value.title
    condition_prometheus_query_language {
      query               = each.value.expr
      duration            = "${each.value.for}s"
      evaluation_interval = "60s"
      rule_group          = "order-events"

      disable_metric_validation = true # before the first message there are no series to validate against
      alert_rule                = each.key
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject   = each.value.title
    content   = local.runbooks[each.key]
    mime_type = "text/markdown"
  }

  depends_on = [time_sleep.metrics]
}

# From the log, not from a metric: the first line alerts at once, though no second one may come for hours.
resource "google_monitoring_alert_policy" "log" {
  for_each = local.log_alerts

  display_name          = each.value.title
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.notified
  user_labels           = { alert = each.key }

  conditions {
    display_name = each.value.title
    condition_matched_log {
      filter           = "resource.type=\"cloud_run_revision\" jsonPayload.alert=\"${each.value.alert}\""
      label_extractors = { for field in each.value.labels : field => "EXTRACT(jsonPayload.${field})" }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s" # a flood is one notification; the dashboard counts
    }
  }

  documentation {
    subject   = each.value.title
    content   = local.runbooks[each.key]
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}

moved {
  from = google_monitoring_alert_policy.first_critical_dead_letter
  to   = google_monitoring_alert_policy.log["first_critical_dead_letter"]
}

moved {
  from = google_monitoring_alert_policy.order_exception
  to   = google_monitoring_alert_policy.log["order_exception"]
}
