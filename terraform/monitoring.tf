# What is measured, what is promised, and where both are looked at. Alerts are in monitoring_alerts.tf.

locals {
  metrics = {
    message_processing_time = {
      description = "From a push to its answer."
      value_type  = "DISTRIBUTION"
      unit        = "ms"
      labels      = ["topic", "subscription", "status"]
    }
    publish_to_ack_time = {
      description = "From a message's publication to the end of its processing."
      value_type  = "DISTRIBUTION"
      unit        = "ms"
      labels      = ["topic", "subscription"]
    }
    message_count = {
      description = "Deliveries by outcome."
      value_type  = "INT64"
      unit        = "1"
      labels      = ["topic", "subscription", "result"]
    }
    dlq_messages = {
      description = "Dead-lettered messages, stored for review."
      value_type  = "INT64"
      unit        = "1"
      labels      = ["original_topic", "error_type"]
    }
  }

  own_series   = "resource.type=\"generic_task\" resource.labels.namespace=\"order-events\""
  of_customers = "metric.labels.topic != ends_with(\"-dlq\")" # the way of dead letters is no customer's way
  acknowledged = "metric.labels.result = one_of(\"processed\", \"duplicate\", \"ignored\", \"stale\")"
}

resource "google_monitoring_metric_descriptor" "own" {
  for_each = local.metrics

  type         = "custom.googleapis.com/${each.key}"
  display_name = each.key
  description  = each.value.description
  metric_kind  = "CUMULATIVE"
  value_type   = each.value.value_type
  unit         = each.value.unit

  dynamic "labels" {
    for_each = each.value.labels
    content {
      key        = labels.value
      value_type = "STRING"
    }
  }

  depends_on = [google_project_service.api]
}

# A new descriptor is not seen everywhere at once, and an objective on a metric that is not seen is refused.
resource "time_sleep" "metrics" {
  create_duration = "60s"
  triggers        = { metrics = join(",", sort(keys(local.metrics))) }

  depends_on = [google_monitoring_metric_descriptor.own]
}

resource "google_monitoring_dashboard" "overview" {
  dashboard_json = file("${path.module}/dashboards/overview.json")

  depends_on = [time_sleep.metrics]
}

resource "google_monitoring_dashboard" "function" {
  for_each = local.functions

  dashboard_json = templatefile("${path.module}/dashboards/function.json.tftpl", {
    name    = each.key
    service = replace(each.key, "_", "-")
    subscriptions = join("|", sort([
      for name, subscription in local.subscriptions : name if subscription.function == each.key
    ]))
  })

  depends_on = [time_sleep.metrics]
}

resource "google_monitoring_custom_service" "orders" {
  service_id   = "order-events"
  display_name = "Order events"

  depends_on = [google_project_service.api]
}

# requirements 12.1
resource "google_monitoring_slo" "availability" {
  service             = google_monitoring_custom_service.orders.service_id
  slo_id              = "messages-acknowledged"
  display_name        = "99.9 % of messages end acknowledged, not dead-lettered"
  goal                = 0.999
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      good_service_filter = "metric.type=\"custom.googleapis.com/message_count\" ${local.own_series} ${local.of_customers} ${local.acknowledged}"
      bad_service_filter  = "metric.type=\"custom.googleapis.com/dlq_messages\" ${local.own_series}"
    }
  }

  depends_on = [time_sleep.metrics]
}

# requirements 12.1
resource "google_monitoring_slo" "latency" {
  service             = google_monitoring_custom_service.orders.service_id
  slo_id              = "deliveries-within-100-ms"
  display_name        = "99 % of deliveries are answered within 100 ms"
  goal                = 0.99
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = "metric.type=\"custom.googleapis.com/message_processing_time\" ${local.own_series} ${local.of_customers}"
      range {
        max = 100
      }
    }
  }

  depends_on = [time_sleep.metrics]
}
