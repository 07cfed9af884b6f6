resource "google_pubsub_topic" "topic" {
  #checkov:skip=CKV_GCP_83: Google-managed keys at rest are what is asked for (requirements 9.3)
  for_each = local.topics

  name                       = each.key
  message_retention_duration = "${each.value.retention_seconds}s"
  labels                     = { group = each.value.group }

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  lifecycle {
    prevent_destroy = true # holds messages; README.md, "Upgrade"
  }

  depends_on = [google_project_service.api]
}

resource "google_pubsub_subscription" "subscription" {
  for_each = local.subscriptions

  name                       = each.key
  topic                      = google_pubsub_topic.topic[each.value.topic].id
  filter                     = each.value.filter
  enable_message_ordering    = each.value.ordering
  ack_deadline_seconds       = each.value.ack_deadline_seconds
  message_retention_duration = "${each.value.retention_seconds}s"

  push_config {
    push_endpoint = local.push_urls[each.value.function]

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = local.push_urls[each.value.function]
    }
  }

  retry_policy {
    minimum_backoff = "${each.value.minimum_backoff_seconds}s"
    maximum_backoff = "${each.value.maximum_backoff_seconds}s"
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.dead_letter_topic[*]
    content {
      dead_letter_topic     = google_pubsub_topic.topic[dead_letter_policy.value].id
      max_delivery_attempts = each.value.max_delivery_attempts
    }
  }

  expiration_policy {
    ttl = "" # never: a quiet month must not delete a subscription
  }

  # A change of `filter`, `ordering` or `topic` would replace the subscription, and its backlog would be gone.
  lifecycle {
    prevent_destroy = true # README.md, "Upgrade"
  }

  depends_on = [google_cloud_run_v2_service_iam_member.push]
}

# Without these two grants Pub/Sub forwards nothing to the dead-letter topic and does not even count attempts.
resource "google_pubsub_topic_iam_member" "dead_letter" {
  for_each = local.dead_letter_topics

  topic  = google_pubsub_topic.topic[each.key].name
  role   = "roles/pubsub.publisher"
  member = google_project_service_identity.agent["pubsub"].member

  lifecycle {
    replace_triggered_by = [google_pubsub_topic.topic[each.key].id]
  }
}

resource "google_pubsub_subscription_iam_member" "dead_letter" {
  for_each = local.consumed

  subscription = google_pubsub_subscription.subscription[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = google_project_service_identity.agent["pubsub"].member

  lifecycle {
    replace_triggered_by = [google_pubsub_subscription.subscription[each.key].id]
  }
}

resource "google_pubsub_topic_iam_member" "function" {
  for_each = local.publications

  topic  = google_pubsub_topic.topic[each.value.topic].id # not `.name`: a new topic needs the grant again
  role   = local.roles.publisher
  member = google_service_account.function[each.value.function].member
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = merge([
    for topic, members in var.publishers : { for member in members : "${topic}/${member}" => { topic = topic, member = member } }
  ]...)

  topic  = google_pubsub_topic.topic[each.value.topic].id # not `.name`: a new topic needs the grant again
  role   = local.roles.publisher
  member = each.value.member
}
