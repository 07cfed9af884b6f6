# What a deployment listens to after it has published an order of its own: only the events that order causes.
resource "google_pubsub_subscription" "canary" {
  name                       = "order-events-canary-sub"
  topic                      = google_pubsub_topic.topic["order-events"].id
  filter                     = "hasPrefix(attributes.correlationId, \"canary-\")"
  ack_deadline_seconds       = 60
  message_retention_duration = "600s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "canary" {
  topic  = google_pubsub_topic.topic["order-create"].name
  role   = local.roles.publisher
  member = google_service_account.deployer.member

  lifecycle {
    replace_triggered_by = [google_pubsub_topic.topic["order-create"].id]
  }
}

resource "google_pubsub_subscription_iam_member" "canary" {
  subscription = google_pubsub_subscription.canary.name
  role         = local.roles.subscriber
  member       = google_service_account.deployer.member

  lifecycle {
    replace_triggered_by = [google_pubsub_subscription.canary.id]
  }
}
