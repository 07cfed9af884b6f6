# Who reads orders, keys and secrets is on record. The functions' own accounts are left out of Firestore's record: they
# read with every message, and the record would cost more than the orders. What remains is everyone else.

locals {
  audited = {
    "cloudkms.googleapis.com"      = []
    "datastore.googleapis.com"     = values(local.store_members) # Firestore is configured by this name
    "secretmanager.googleapis.com" = []
  }
}

resource "google_project_iam_audit_config" "data" {
  for_each = local.audited

  project = var.project_id
  service = each.key

  dynamic "audit_log_config" {
    for_each = toset(["DATA_READ", "DATA_WRITE"])
    content {
      log_type         = audit_log_config.value
      exempted_members = each.value
    }
  }

  depends_on = [google_project_service.api]
}

# Cloud Run logs every push a second time. What succeeded is in the functions' own lines; this is most of what logs cost.
resource "google_logging_project_exclusion" "successful_requests" {
  name        = "order-events-successful-requests"
  description = "Requests that a function answered with success: the function's own line has more."
  filter      = "resource.type=\"cloud_run_revision\" log_id(\"run.googleapis.com/requests\") httpRequest.status<400"

  depends_on = [google_project_service.api]
}
