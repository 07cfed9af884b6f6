# Accounts and what they may do beyond one topic, subscription, secret or service; those grants are beside what they open.

locals {
  database_only = "resource.type == \"firestore.googleapis.com/Database\" && resource.name == \"projects/${var.project_id}/databases/${var.database}\""

  # By their parts, so that a plan names them before they exist.
  roles = {
    for name, role in {
      deployer   = google_project_iam_custom_role.deployer
      planner    = google_project_iam_custom_role.planner
      publisher  = google_project_iam_custom_role.publisher
      store      = google_project_iam_custom_role.store
      subscriber = google_project_iam_custom_role.subscriber
    } : name => "projects/${var.project_id}/roles/${role.role_id}"
  }

  # The project's number, out of the name of an account that has it.
  project_number = regex("service-(\\d+)@", google_project_service_identity.agent["pubsub"].email)[0]
  storage_agent  = "serviceAccount:service-${local.project_number}@gs-project-accounts.iam.gserviceaccount.com"

  # Accounts that Google makes with a project's first API of a kind, and makes editors. None is used here.
  default_accounts = {
    app_engine = "serviceAccount:${var.project_id}@appspot.gserviceaccount.com"
    compute    = "serviceAccount:${local.project_number}-compute@developer.gserviceaccount.com"
  }

  # Every account that a function runs as.
  function_accounts = merge(google_service_account.function, { console = google_service_account.console })

  # Who reads and writes documents: each function, and the account of a mounted key (requirements 9.1).
  store_members = merge(
    { for name, account in local.function_accounts : name => account.member },
    { for credentials in var.mounted_credentials[*] : "mounted" => "serviceAccount:${credentials.account}" },
  )
}

# Unless an organization policy does it: a default account that is an editor makes an editor of each account that may act
# as it.
resource "google_project_iam_member_remove" "default_editor" {
  for_each = local.default_accounts

  project = var.project_id
  role    = "roles/editor"
  member  = each.value

  depends_on = [google_project_service.api]
}

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "fn-${replace(each.key, "_", "-")}"
  display_name = "Runs functions/${each.key}"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "push" {
  account_id   = "pubsub-push"
  display_name = "Pub/Sub's identity towards the functions"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "image_build" {
  account_id   = "function-build"
  display_name = "Builds the functions' images"

  depends_on = [google_project_service.api]
}

# Exactly requirements 9.2; the predefined roles have less or more.
resource "google_project_iam_custom_role" "publisher" {
  role_id     = "orderEventPublisher"
  title       = "Order event publisher"
  permissions = ["pubsub.topics.publish", "pubsub.topics.get"]

  depends_on = [google_project_service.api]
}

# requirements 9.2: `pubsub.messages.acknowledge` is no permission of its own, consuming includes it.
resource "google_project_iam_custom_role" "subscriber" {
  role_id     = "orderEventSubscriber"
  title       = "Order event subscriber"
  permissions = ["pubsub.subscriptions.consume", "pubsub.subscriptions.get"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "store" {
  role_id     = "orderStore"
  title       = "Order store"
  description = "Reads and writes documents; no administration, no indexes, no export."
  permissions = [
    "datastore.entities.create",
    "datastore.entities.delete",
    "datastore.entities.get",
    "datastore.entities.list",
    "datastore.entities.update",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "store" {
  for_each = local.store_members

  project = var.project_id
  role    = local.roles.store
  member  = each.value

  condition {
    title      = "orders_database"
    expression = local.database_only
  }

  # When another database takes the place of this one, no function is without either for a moment.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_project_iam_member" "metrics" {
  for_each = google_service_account.function

  project = var.project_id
  role    = "roles/monitoring.metricWriter"
  member  = each.value.member
}

resource "google_pubsub_topic_iam_member" "mounted_credentials" {
  for_each = var.mounted_credentials == null ? toset([]) : toset([for each in local.publications : each.topic])

  topic  = google_pubsub_topic.topic[each.key].name
  role   = local.roles.publisher
  member = "serviceAccount:${var.mounted_credentials.account}"

  lifecycle {
    replace_triggered_by = [google_pubsub_topic.topic[each.key].id]
  }
}

# On the one account, not on the project: Pub/Sub may act as no other.
resource "google_service_account_iam_member" "push_tokens" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_project_service_identity.agent["pubsub"].member
}

resource "google_project_iam_member" "image_build_logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.image_build.member
}

# Cloud Functions copies a source into a bucket of its own before the build reads it there.
resource "google_project_iam_member" "image_build_source_copies" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.image_build.member

  condition {
    title      = "copies_of_function_sources"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-\")"
  }
}

resource "google_storage_bucket_iam_member" "image_build" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.image_build.member

  lifecycle {
    replace_triggered_by = [google_storage_bucket.sources.id]
  }
}

resource "google_artifact_registry_repository_iam_member" "image_build" {
  repository = google_artifact_registry_repository.images.repository_id
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.image_build.member

  lifecycle {
    replace_triggered_by = [google_artifact_registry_repository.images.id]
  }
}

# IAM says two minutes, and seven or more at times, until a grant is seen everywhere. A first build before that fails; a
# function's start asks for its key again for 90 s. A new function waits again.
resource "time_sleep" "grants" {
  create_duration = "240s"
  triggers        = { functions = join(",", sort(keys(local.functions))), database = var.database }

  depends_on = [
    google_artifact_registry_repository_iam_member.image_build,
    google_kms_crypto_key_iam_member.function,
    google_project_iam_member.agent,
    google_project_iam_member.image_build_logs,
    google_project_iam_member.image_build_source_copies,
    google_project_iam_member.store,
    google_project_service_identity.agent,
    google_secret_manager_secret_iam_member.alert_webhook,
    google_secret_manager_secret_iam_member.keyset,
    google_secret_manager_secret_iam_member.mounted_credentials,
    google_storage_bucket_iam_member.image_build,
  ]
}
