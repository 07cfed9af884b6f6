# Events for analysts, where they are switched on: a BigQuery subscription on order-events writes each event into a table,
# and views answer from it. Everything is keyed by the topic, so an environment without analytics has none of it.

locals {
  analysed_topics = toset(module.options.analytics == null ? [] : ["order-events"])
  analytics_apis  = module.options.analytics == null ? [] : ["bigquery.googleapis.com"]
  analytics_views = {
    for file in fileset("${path.module}/analytics/views", "*.sql") : trimsuffix(file, ".sql") => file
    if module.options.analytics != null
  }
  dataset = "${var.project_id}.order_analytics"

  # What Pub/Sub needs on the table: it looks at the schema, then writes.
  analytics_writer_roles = toset(["roles/bigquery.dataEditor", "roles/bigquery.metadataViewer"])
  analytics_readers      = module.options.analytics == null ? [] : module.options.analytics.readers

  # Who manages the dataset, who compares it with the code, who reads it.
  dataset_grants = merge(
    { for member in local.analytics_readers : member => { role = "roles/bigquery.dataViewer", member = member } },
    module.options.analytics == null ? {} : {
      deployer = { role = "roles/bigquery.dataOwner", member = google_service_account.deployer.member }
      planner  = { role = "roles/bigquery.metadataViewer", member = google_service_account.planner.member }
    },
  )
}

resource "google_bigquery_dataset" "analytics" {
  #checkov:skip=CKV_GCP_81: Google-managed keys at rest are what is asked for (requirements 9.3)
  for_each = local.analysed_topics

  dataset_id                 = "order_analytics"
  description                = "Events of ${each.key} without personal data, and views that answer from them."
  location                   = var.region
  delete_contents_on_destroy = !var.deletion_protection

  depends_on = [google_project_service.api]
}

# The columns follow from the contracts (make contracts). A BigQuery subscription can write metadata, too: then the table
# would have the ordering key, which is a customer's id.
resource "google_bigquery_table" "events" {
  #checkov:skip=CKV_GCP_80: Google-managed keys at rest are what is asked for (requirements 9.3)
  for_each = local.analysed_topics

  dataset_id          = google_bigquery_dataset.analytics[each.key].dataset_id
  table_id            = "order_events"
  description         = "Every delivery of an event; the view distinct_events has each event once."
  schema              = file("${path.module}/analytics/order_events.json")
  clustering          = ["eventType", "orderId"] # not partitioned by day: a partition refuses dates that are far away
  deletion_protection = var.deletion_protection
}

resource "google_bigquery_table" "distinct_events" {
  #checkov:skip=CKV_GCP_80: a view holds no data
  #checkov:skip=CKV_GCP_121: a view holds no data, and is made again from the code
  for_each = local.analysed_topics

  dataset_id          = google_bigquery_dataset.analytics[each.key].dataset_id
  table_id            = "distinct_events"
  deletion_protection = false

  view {
    query          = templatefile("${path.module}/analytics/distinct_events.sql", { dataset = local.dataset })
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.events]
}

resource "google_bigquery_table" "view" {
  #checkov:skip=CKV_GCP_80: a view holds no data
  #checkov:skip=CKV_GCP_121: a view holds no data, and is made again from the code
  for_each = local.analytics_views

  dataset_id          = google_bigquery_dataset.analytics["order-events"].dataset_id
  table_id            = each.key
  deletion_protection = false

  view {
    query          = templatefile("${path.module}/analytics/views/${each.value}", { dataset = local.dataset })
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.distinct_events]
}

resource "google_bigquery_table_iam_member" "writer" {
  for_each = length(local.analysed_topics) == 0 ? toset([]) : local.analytics_writer_roles

  dataset_id = google_bigquery_table.events["order-events"].dataset_id
  table_id   = google_bigquery_table.events["order-events"].table_id
  role       = each.key
  member     = google_project_service_identity.agent["pubsub"].member

  lifecycle {
    replace_triggered_by = [google_bigquery_table.events["order-events"].id]
  }
}

resource "google_bigquery_dataset_iam_member" "analytics" {
  for_each = local.dataset_grants

  dataset_id = google_bigquery_dataset.analytics["order-events"].dataset_id
  role       = each.value.role
  member     = each.value.member

  lifecycle {
    replace_triggered_by = [google_bigquery_dataset.analytics["order-events"].id]
  }
}

# Pub/Sub refuses the subscription until it may write: see time_sleep.grants.
resource "time_sleep" "analytics_grants" {
  for_each = local.analysed_topics

  create_duration = "240s"
  triggers        = { table = google_bigquery_table.events[each.key].id }

  depends_on = [google_bigquery_table_iam_member.writer]
}

resource "google_pubsub_subscription" "analytics" {
  for_each = local.analysed_topics

  name                       = "${each.key}-bigquery-sub"
  topic                      = google_pubsub_topic.topic[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  # No ordering: the views take the highest orderVersion, and a row that is refused stops no other.
  bigquery_config {
    table               = "${local.dataset}.${google_bigquery_table.events[each.key].table_id}"
    use_table_schema    = true
    drop_unknown_fields = true # fields without a column: personal data, and fields that are newer than the table
    write_metadata      = false
  }

  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "300s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.analytics_dead_letter[each.key].id
    max_delivery_attempts = 5
  }

  expiration_policy {
    ttl = "" # never: a quiet month must not delete a subscription
  }

  depends_on = [time_sleep.analytics_grants]
}

# Of its own, beside the topology: function dlq publishes message.failed on order-events for what it stores, and so would
# answer an event that the table refuses with another one.
resource "google_pubsub_topic" "analytics_dead_letter" {
  #checkov:skip=CKV_GCP_83: Google-managed keys at rest are what is asked for (requirements 9.3)
  for_each = local.analysed_topics

  name                       = "${each.key}-bigquery-dlq"
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.api]
}

# Holds what the table refused, with the reason, until a person has looked (README.md, "Analytics").
resource "google_pubsub_subscription" "analytics_dead_letter" {
  for_each = local.analysed_topics

  name                       = "${each.key}-bigquery-refused-sub"
  topic                      = google_pubsub_topic.analytics_dead_letter[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "analytics_dead_letter" {
  for_each = local.analysed_topics

  topic  = google_pubsub_topic.analytics_dead_letter[each.key].name
  role   = "roles/pubsub.publisher"
  member = google_project_service_identity.agent["pubsub"].member

  lifecycle {
    replace_triggered_by = [google_pubsub_topic.analytics_dead_letter[each.key].id]
  }
}

resource "google_pubsub_subscription_iam_member" "analytics_dead_letter" {
  for_each = local.analysed_topics

  subscription = google_pubsub_subscription.analytics[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = google_project_service_identity.agent["pubsub"].member

  lifecycle {
    replace_triggered_by = [google_pubsub_subscription.analytics[each.key].id]
  }
}
