locals {
  labels = {
    application = "order-events"
    environment = var.environment
  }
}

# Each call counts as this project's. A person's own credentials belong to a project of Google's, for which some APIs
# (firebaserules.googleapis.com) refuse them, and Terraform does not read a quota project from them.
provider "google" {
  project               = var.project_id
  region                = var.region
  user_project_override = true
  billing_project       = var.project_id
  default_labels        = local.labels
}

# Only for the service identities of apis.tf, which the other provider does not have.
provider "google-beta" {
  project               = var.project_id
  region                = var.region
  user_project_override = true
  billing_project       = var.project_id
}
