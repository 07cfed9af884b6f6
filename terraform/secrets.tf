# The keyset that encrypts personal data: wrapped by a key of Cloud KMS before it leaves the machine it is made on, and
# written at bootstrap and at rotation by a person, never by Terraform: its state would keep a copy. What the secret
# holds is useless without the key, so it needs no key of its own.

locals {
  # By its parts, so that a plan names it before it exists.
  keyset_kms_key = "projects/${var.project_id}/locations/${var.region}/keyRings/${google_kms_key_ring.orders.name}/cryptoKeys/${google_kms_crypto_key.keyset.name}"

  # Who makes a keyset wraps it, stores it, and reads it to rotate it.
  custodian_grants = {
    for pair in setproduct(["secretAccessor", "secretVersionAdder"], module.options.keyset_custodians) :
    join("/", pair) => { role = "roles/secretmanager.${pair[0]}", member = pair[1] }
  }
}

resource "google_kms_key_ring" "orders" {
  name     = "order-events"
  location = var.region

  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key" "keyset" {
  name                       = "keyset"
  key_ring                   = google_kms_key_ring.orders.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "7776000s" # 90 days; older versions go on decrypting what they have wrapped
  destroy_scheduled_duration = "2592000s" # without this key no personal data opens: a month to notice
  deletion_policy            = var.deletion_protection ? "PREVENT" : "ABANDON"

  lifecycle {
    prevent_destroy = true
  }
}

# What a function needs of the key to start, and no more: it cannot make a keyset.
resource "google_kms_crypto_key_iam_member" "function" {
  for_each = local.function_accounts

  crypto_key_id = local.keyset_kms_key
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = each.value.member

  lifecycle {
    replace_triggered_by = [google_kms_crypto_key.keyset.id]
  }
}

resource "google_kms_crypto_key_iam_member" "custodian" {
  for_each = module.options.keyset_custodians

  crypto_key_id = local.keyset_kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.key

  lifecycle {
    replace_triggered_by = [google_kms_crypto_key.keyset.id]
  }
}

resource "google_secret_manager_secret" "keyset" {
  secret_id           = "order-events-keyset"
  deletion_protection = var.deletion_protection

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_iam_member" "custodian" {
  for_each = local.custodian_grants

  secret_id = google_secret_manager_secret.keyset.secret_id
  role      = each.value.role
  member    = each.value.member

  lifecycle {
    replace_triggered_by = [google_secret_manager_secret.keyset.id]
  }
}

resource "google_secret_manager_secret_iam_member" "keyset" {
  for_each = local.function_accounts

  secret_id = google_secret_manager_secret.keyset.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member

  lifecycle {
    replace_triggered_by = [google_secret_manager_secret.keyset.id]
  }
}

resource "google_secret_manager_secret_iam_member" "mounted_credentials" {
  for_each = var.mounted_credentials == null ? {} : local.functions

  project   = var.project_id
  secret_id = var.mounted_credentials.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.key].member
}

# What sends notifications reads the webhook's URL, which lets anyone post.
resource "google_secret_manager_secret_iam_member" "alert_webhook" {
  for_each = var.alert_webhook == null ? {} : { for name in ["dlq", "console"] : name => local.function_accounts[name] }

  project   = var.project_id
  secret_id = var.alert_webhook.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member
}
