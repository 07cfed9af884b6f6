# What the pipeline's accounts may do. `deployer` changes what the system is made of: functions, topics, subscriptions,
# indexes, dashboards, alerts, and who calls, publishes and reviews. It changes no account, no role, no key, no secret and
# no grant on these or on the project: with any of them it could make itself more than it is. An owner does that.

locals {
  deployer_roles = toset([
    "roles/artifactregistry.admin",
    "roles/cloudbuild.builds.viewer",
    "roles/cloudfunctions.developer",
    "roles/cloudscheduler.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/compute.networkUser",
    "roles/datastore.backupSchedulesAdmin",
    "roles/datastore.indexAdmin",
    "roles/firebaserules.admin",
    "roles/iap.admin",
    "roles/logging.logWriter",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/serviceusage.serviceUsageConsumer", # calls count as the project's: providers.tf
  ])

  # What it takes to compare the project with the code, and no document, secret, message or log line.
  planner_roles = toset([
    "roles/artifactregistry.reader",
    "roles/cloudbuild.builds.viewer",
    "roles/cloudfunctions.viewer",
    "roles/cloudkms.viewer",
    "roles/cloudscheduler.viewer",
    "roles/compute.viewer",
    "roles/dns.reader",
    "roles/firebaserules.viewer",
    "roles/iam.roleViewer",
    "roles/iam.securityReviewer",
    "roles/iam.serviceAccountViewer",
    "roles/logging.logWriter",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/run.viewer",
    "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageConsumer", # sees which APIs are on; calls count as the project's
  ])
}

resource "google_project_iam_member" "checker" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.checker.member
}

resource "google_storage_bucket_iam_member" "checker_state" {
  bucket = var.state_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.checker.member
}

resource "google_project_iam_member" "planner" {
  for_each = local.planner_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.planner.member
}

resource "google_project_iam_custom_role" "planner" {
  role_id     = "orderEventsPlanner"
  title       = "Order events planner"
  description = "The database's settings, indexes and backups without the orders; settings of logs without the logs."
  permissions = [
    "datastore.backupSchedules.get",
    "datastore.backupSchedules.list",
    "datastore.databases.getMetadata", # not `get`, by which Firestore means to begin a transaction
    "datastore.databases.list",
    "datastore.indexes.get",
    "datastore.indexes.list",
    "logging.exclusions.get",
    "logging.notificationRules.get",
    "logging.notificationRules.list",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "planner_settings" {
  project = var.project_id
  role    = local.roles.planner
  member  = google_service_account.planner.member
}

# The state, and the bucket itself: Terraform compares its notification, which takes `storage.buckets.get`.
resource "google_storage_bucket_iam_member" "planner_state" {
  for_each = toset(["roles/storage.legacyBucketReader", "roles/storage.objectViewer"])

  bucket = var.state_bucket
  role   = each.key
  member = google_service_account.planner.member
}

moved {
  from = google_storage_bucket_iam_member.planner_state
  to   = google_storage_bucket_iam_member.planner_state["roles/storage.objectViewer"]
}

# All that it may write: new objects below plans/, never over an old one.
resource "google_storage_bucket_iam_member" "planner_plans" {
  bucket = var.state_bucket
  role   = "roles/storage.objectCreator"
  member = google_service_account.planner.member

  condition {
    title      = "saved_plans"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.state_bucket}/objects/plans/\")"
  }
}

resource "google_storage_bucket_iam_member" "planner_sources" {
  for_each = toset(["roles/storage.legacyBucketReader", "roles/storage.objectViewer"])

  bucket = google_storage_bucket.sources.name
  role   = each.key
  member = google_service_account.planner.member

  lifecycle {
    replace_triggered_by = [google_storage_bucket.sources.id]
  }
}

resource "google_project_iam_member" "deployer" {
  for_each = local.deployer_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.deployer.member
}

resource "google_project_iam_custom_role" "deployer" {
  role_id     = "orderEventsDeployer"
  title       = "Order events deployer"
  description = "The database without its orders, alerts on log lines, and which log lines are kept."
  permissions = [
    "datastore.databases.getMetadata",
    "datastore.databases.list",
    "datastore.databases.update",
    "logging.exclusions.create",
    "logging.exclusions.delete",
    "logging.exclusions.get",
    "logging.exclusions.update",
    "logging.notificationRules.create",
    "logging.notificationRules.delete",
    "logging.notificationRules.get",
    "logging.notificationRules.list",
    "logging.notificationRules.update",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "deployer_settings" {
  project = var.project_id
  role    = local.roles.deployer
  member  = google_service_account.deployer.member
}

# To deploy a function that runs as an account one must be allowed to act as it; named one by one.
resource "google_service_account_iam_member" "deployer" {
  for_each = merge(local.function_accounts, {
    (google_service_account.push.account_id)        = google_service_account.push
    (google_service_account.schedule.account_id)    = google_service_account.schedule
    (google_service_account.image_build.account_id) = google_service_account.image_build
  })

  service_account_id = each.value.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer.member
}

resource "google_storage_bucket_iam_member" "deployer_state" {
  bucket = var.state_bucket
  role   = "roles/storage.objectAdmin"
  member = google_service_account.deployer.member
}

resource "google_storage_bucket_iam_member" "deployer_sources" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.admin"
  member = google_service_account.deployer.member

  lifecycle {
    replace_triggered_by = [google_storage_bucket.sources.id]
  }
}

resource "google_pubsub_topic_iam_member" "plans" {
  topic  = google_pubsub_topic.plans.id
  role   = "roles/pubsub.publisher"
  member = local.storage_agent
}
