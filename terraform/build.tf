# The pipeline's own accounts and triggers. An owner applies once; from then on builds deploy, but change neither
# roles, nor triggers, nor what they themselves may do on the project: that takes an owner again.

locals {
  deployer_roles = toset([
    "roles/artifactregistry.admin",
    "roles/cloudbuild.builds.viewer",
    "roles/cloudfunctions.admin",
    "roles/cloudkms.admin",
    "roles/cloudscheduler.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/compute.networkAdmin",
    "roles/datastore.backupSchedulesAdmin",
    "roles/datastore.indexAdmin",
    "roles/firebaserules.admin",
    "roles/iam.roleViewer",
    "roles/iam.serviceAccountAdmin",
    "roles/iap.admin",
    "roles/logging.logWriter",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ])

  # The only roles a build may grant on the project: those the functions and their builds have.
  grantable_roles = [
    local.roles.store,
    "roles/cloudtrace.agent",
    "roles/logging.logWriter",
    "roles/monitoring.metricWriter",
    "roles/storage.objectViewer",
  ]

  apply = var.environment == "prod" ? "after-approval" : "yes"
  triggers = var.repository == null ? {} : {
    check  = { event = "pull_request", apply = "no", account = google_service_account.checker.id }
    deploy = { event = "push", apply = local.apply, account = google_service_account.deployer.id }
  }
}

resource "google_service_account" "deployer" {
  account_id   = "deployer"
  display_name = "Runs the builds that test and deploy"

  depends_on = [google_project_service.api]
}

# Runs what a pull request brings: it reads the state and writes logs, whatever the code under test tries.
resource "google_service_account" "checker" {
  account_id   = "checker"
  display_name = "Runs the builds of pull requests"

  depends_on = [google_project_service.api]
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

resource "google_project_iam_member" "deployer" {
  #checkov:skip=CKV_GCP_49: each function has an account of its own, which the build that adds the function makes
  for_each = local.deployer_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.deployer.member
}

resource "google_project_iam_custom_role" "deployer" {
  role_id     = "orderEventsDeployer"
  title       = "Order events deployer"
  description = "The database and the secrets, without the orders and without the keys; asking for an approved build."
  permissions = [
    "cloudbuild.builds.create",
    "datastore.databases.getMetadata", # not `get`, by which Firestore means to begin a transaction
    "datastore.databases.list",
    "datastore.databases.update",
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "secretmanager.secrets.list",
    "secretmanager.secrets.setIamPolicy",
    "secretmanager.secrets.update",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "deployer_without_data" {
  project = var.project_id
  role    = local.roles.deployer
  member  = google_service_account.deployer.member
}

resource "google_project_iam_member" "deployer_grants" {
  project = var.project_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.deployer.member

  condition {
    title      = "only_roles_of_the_functions"
    expression = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(${jsonencode(local.grantable_roles)})"
  }
}

# To deploy as an account one must be allowed to act as it; named one by one.
resource "google_service_account_iam_member" "deployer" {
  for_each = merge(local.function_accounts, {
    (google_service_account.push.account_id)        = google_service_account.push
    (google_service_account.schedule.account_id)    = google_service_account.schedule
    (google_service_account.image_build.account_id) = google_service_account.image_build
    (google_service_account.deployer.account_id)    = google_service_account.deployer
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

resource "google_cloudbuild_trigger" "trigger" {
  for_each = local.triggers

  name            = "order-events-${each.key}"
  location        = var.region
  filename        = "cloudbuild.yaml"
  service_account = each.value.account
  substitutions = {
    _APPLY        = each.value.apply
    _ENVIRONMENT  = var.environment
    _REGION       = var.region
    _STATE_BUCKET = var.state_bucket
  }

  repository_event_config {
    repository = var.repository

    dynamic "pull_request" {
      for_each = each.value.event == "pull_request" ? ["^main$"] : []
      content {
        branch          = pull_request.value
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }
    dynamic "push" {
      for_each = each.value.event == "push" ? ["^main$"] : []
      content {
        branch = push.value
      }
    }
  }
}

# Production: `deploy` ends by asking for this build, which waits for a person and then applies the plan that was saved.
resource "google_cloudbuild_trigger" "approved" {
  for_each = var.repository != null && var.environment == "prod" ? toset(["apply"]) : toset([])

  name            = "order-events-${each.key}"
  location        = var.region
  service_account = google_service_account.deployer.id
  substitutions = {
    _APPLY        = "yes"
    _ENVIRONMENT  = var.environment
    _PLAN_OF      = "" # the build whose plan it is; given by the build that asks
    _REGION       = var.region
    _STATE_BUCKET = var.state_bucket
  }

  approval_config {
    approval_required = true
  }
  source_to_build {
    repository = var.repository
    ref        = "refs/heads/main"
    repo_type  = "GITHUB"
  }
  git_file_source {
    path       = "cloudbuild.yaml"
    repository = var.repository
    revision   = "refs/heads/main"
    repo_type  = "GITHUB"
  }
}
