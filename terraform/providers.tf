locals {
  labels = {
    application = "order-events"
    environment = var.environment
  }
}

provider "google" {
  project        = var.project_id
  region         = var.region
  default_labels = local.labels
}

# Only for the service identities of apis.tf, which the other provider does not have.
provider "google-beta" {
  project = var.project_id
  region  = var.region
}
