# Who is called, for what, and what to do then. Conditions are in monitoring_alerts.yaml, where tests read them too.

locals {
  alerts = yamldecode(file("${path.module}/monitoring_alerts.yaml"))

  runbooks = {
    for file in fileset("${path.module}/runbooks", "*.md") : trimsuffix(file, ".md") => templatefile(
      "${path.module}/runbooks/${file}",
      {
        dashboard = "https://console.cloud.google.com/monitoring/dashboards/builder/${basename(google_monitoring_dashboard.overview.id)}?project=${var.project_id}"
        console   = coalesce(var.console_url, "https://console.cloud.google.com/run?project=${var.project_id}")
        logs      = "https://console.cloud.google.com/logs/query?project=${var.project_id}"
      },
    )
  }

  critical_dead_letter = "resource.type=\"cloud_run_revision\" jsonPayload.alert=\"critical_failed_message\""
  order_exception      = "resource.type=\"cloud_run_revision\" jsonPayload.alert=\"order_exception\""
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  type         = "email"
  display_name = each.key
  labels       = { email_address = each.value }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "expression" {
  for_each = local.alerts

  display_name          = each.value.title
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
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

# From the log, not from a metric: the first one is told at once, though no second message may come for hours.
resource "google_monitoring_alert_policy" "first_critical_dead_letter" {
  display_name          = "A critical message was given up"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  user_labels           = { alert = "first_critical_dead_letter" }

  conditions {
    display_name = "The dead-letter function stored a critical message"
    condition_matched_log {
      filter = local.critical_dead_letter
      label_extractors = {
        topic  = "EXTRACT(jsonPayload.topic)"
        reason = "EXTRACT(jsonPayload.reason)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s" # a flood is one call; how many there are, the dashboard says
    }
  }

  documentation {
    subject   = "A critical message was given up"
    content   = local.runbooks["first_critical_dead_letter"]
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}

# From the log as well: a fact that contradicts an order needs a person, however rare it is.
resource "google_monitoring_alert_policy" "order_exception" {
  display_name          = "A fact contradicts an order"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  user_labels           = { alert = "order_exception" }

  conditions {
    display_name = "A function published order.exception"
    condition_matched_log {
      filter = local.order_exception
      label_extractors = {
        code = "EXTRACT(jsonPayload.code)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    subject   = "A fact contradicts an order"
    content   = local.runbooks["order_exception"]
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}
