# The pipeline: what its accounts may do is in build_grants.tf. Three kinds of build, each as an account of its own:
#
#   check, test   cloudbuild.yaml, as `checker`: tests of a pull request, of a push to main
#   plan          pipeline/plan.yaml, as `planner`: reads the project and creates one object below plans/
#   apply         pipeline/apply.yaml, as `deployer`: that object starts it; in production a person approves it first
#
# The triggers contain the steps of `plan` and `apply`: an owner's apply changes them, a merge to the repository does not.

locals {
  pipeline = { for name in ["plan", "apply"] : name => yamldecode(file("${path.module}/pipeline/${name}.yaml")) }
  pipeline_environment = [
    "ENVIRONMENT=${var.environment}",
    "PROJECT_ID=${var.project_id}",
    "REGION=${var.region}",
    "STATE_BUCKET=${var.state_bucket}",
    "TF_IN_AUTOMATION=1",
    "TF_INPUT=0",
  ]
  built_repository = toset(var.repository[*])
  plan_object      = "^plans/[0-9a-f]{40}/[0-9a-f-]{36}/[0-9a-f]{64}[.]tgz$"
}

resource "google_service_account" "checker" {
  account_id   = "checker"
  display_name = "Runs the tests of pull requests and of pushes"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "planner" {
  account_id   = "planner"
  display_name = "Plans what a push to main changes"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "deployer" {
  account_id   = "deployer"
  display_name = "Applies plans"

  depends_on = [google_project_service.api]
}

resource "google_cloudbuild_trigger" "trigger" {
  for_each = var.repository == null ? [] : toset(["check", "test"])

  name            = "order-events-${each.key}"
  location        = var.region
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.checker.id
  substitutions = {
    _ENVIRONMENT = var.environment
  }

  repository_event_config {
    repository = var.repository

    dynamic "pull_request" {
      for_each = each.key == "check" ? ["^main$"] : []
      content {
        branch          = pull_request.value
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }
    dynamic "push" {
      for_each = each.key == "test" ? ["^main$"] : []
      content {
        branch = push.value
      }
    }
  }
}

resource "google_cloudbuild_trigger" "plan" {
  for_each = local.built_repository

  name            = "order-events-plan"
  location        = var.region
  service_account = google_service_account.planner.id

  repository_event_config {
    repository = each.key

    push {
      branch = "^main$"
    }
  }

  build {
    timeout = local.pipeline.plan.timeout

    options {
      logging = "CLOUD_LOGGING_ONLY"
      env     = concat(local.pipeline_environment, ["BUILD_ID=$BUILD_ID", "COMMIT_SHA=$COMMIT_SHA"])
    }

    dynamic "step" {
      for_each = local.pipeline.plan.steps
      content {
        id       = step.value.id
        name     = step.value.name
        script   = step.value.script
        wait_for = lookup(step.value, "waitFor", ["-"])
      }
    }
  }
}

resource "google_cloudbuild_trigger" "apply" {
  for_each = local.built_repository

  name            = "order-events-apply"
  location        = var.region
  service_account = google_service_account.deployer.id
  filter          = "_PLAN.matches('${local.plan_object}')"
  substitutions = {
    _PLAN = "$(body.message.attributes.objectId)" # ends with the hash that a person approves
  }

  pubsub_config {
    topic = google_pubsub_topic.plans.id
  }

  approval_config {
    approval_required = var.environment == "prod"
  }

  build {
    timeout = local.pipeline.apply.timeout

    options {
      logging = "CLOUD_LOGGING_ONLY"
      env     = concat(local.pipeline_environment, ["PLAN=$_PLAN", "ROLLOUT=${var.gradual_rollout ? "gradual" : "at-once"}"])
    }

    dynamic "step" {
      for_each = local.pipeline.apply.steps
      content {
        id       = step.value.id
        name     = step.value.name
        script   = step.value.script
        wait_for = lookup(step.value, "waitFor", ["-"])
      }
    }
  }
}

# Cloud Storage announces each saved plan, so that `planner` needs no right to start a build.
resource "google_pubsub_topic" "plans" {
  #checkov:skip=CKV_GCP_83: carries names of plans, no data
  name = "order-events-plans"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_notification" "plans" {
  for_each = local.built_repository

  bucket             = var.state_bucket
  object_name_prefix = "plans/"
  event_types        = ["OBJECT_FINALIZE"]
  payload_format     = "NONE"
  topic              = google_pubsub_topic.plans.id

  depends_on = [google_pubsub_topic_iam_member.plans]
}
