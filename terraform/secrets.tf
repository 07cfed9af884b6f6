# The keyset that encrypts personal data: itself encrypted by a key of Cloud KMS, written at bootstrap and at rotation by
# a person, never by Terraform, whose state would keep a copy.

resource "google_kms_key_ring" "orders" {
  name     = "order-events"
  location = var.region

  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key" "keyset" {
  #checkov:skip=CKV_GCP_82: prevent_destroy cannot differ by environment; a destroyed version can be restored for 30 days
  name                       = "keyset"
  key_ring                   = google_kms_key_ring.orders.id
  rotation_period            = "7776000s"
  destroy_scheduled_duration = "2592000s" # without this key no personal data opens: a month to notice
}

resource "google_kms_crypto_key_iam_member" "secret_manager" {
  crypto_key_id = google_kms_crypto_key.keyset.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = google_project_service_identity.agent["secret_manager"].member
}

resource "google_secret_manager_secret" "keyset" {
  secret_id           = "order-events-keyset"
  deletion_protection = var.deletion_protection

  replication {
    user_managed {
      replicas {
        location = var.region
        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.keyset.id
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.secret_manager]
}

resource "google_secret_manager_secret_iam_member" "keyset" {
  for_each = local.function_accounts

  secret_id = google_secret_manager_secret.keyset.id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member
}

resource "google_secret_manager_secret_iam_member" "mounted_credentials" {
  for_each = var.mounted_credentials == null ? {} : local.functions

  project   = var.project_id
  secret_id = var.mounted_credentials.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.key].member
}
