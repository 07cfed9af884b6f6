locals {
  apis = toset(concat(local.access_apis, local.trace_apis, local.analytics_apis, [
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "containerscanning.googleapis.com",
    "dns.googleapis.com",
    "firebaserules.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
  ]))
}

resource "google_project_service" "api" {
  for_each = local.apis

  service            = each.key
  disable_on_destroy = false # something else in the project may use it
}

# The accounts by which Google's own services act in this project. Google makes them with the first use of a service:
# made here, the first grant, build and call find them.
resource "google_project_service_identity" "agent" {
  for_each = {
    artifact_registry = "artifactregistry.googleapis.com"
    functions         = "cloudfunctions.googleapis.com"
    pubsub            = "pubsub.googleapis.com"
    scheduler         = "cloudscheduler.googleapis.com"
  }
  provider = google-beta

  service    = each.value
  depends_on = [google_project_service.api]
}

# Google grants an agent its role when it makes the agent automatically, and no role when it is asked to make it. Pub/Sub's
# agent goes without: its role would let it act as any account of the project (iam.tf and pubsub.tf grant what it needs).
resource "google_project_iam_member" "agent" {
  #checkov:skip=CKV_GCP_49: the roles that Google gives these agents otherwise; no one else can act as them
  for_each = {
    artifact_registry = "roles/artifactregistry.serviceAgent"
    functions         = "roles/cloudfunctions.serviceAgent"
    scheduler         = "roles/cloudscheduler.serviceAgent"
  }

  project = var.project_id
  role    = each.value
  member  = google_project_service_identity.agent[each.key].member
}
