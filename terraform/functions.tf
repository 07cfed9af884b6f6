locals {
  # No more than the project's quota allows.
  max_instances = {
    for name, each in local.functions : name => min(each.max_instances, coalesce(var.max_instances, each.max_instances))
  }
  memory_gib = {
    for name, each in local.functions : name => tonumber(regex("^\\d+", each.memory)) / (endswith(each.memory, "Mi") ? 1024 : 1)
  }

  # Without the texts, which Terraform would go through once more for every object below.
  archives = {
    for name, each in data.archive_file.function : name => { path = each.output_path, sha256 = each.output_sha256 }
  }
}

module "sources" {
  source = "./sources"

  functions = toset(concat(keys(local.functions), ["console"]))
}

data "archive_file" "function" {
  for_each = module.sources.files

  type        = "zip"
  output_path = "${path.module}/.build/${each.key}.zip"

  dynamic "source" {
    for_each = each.value
    content {
      filename = source.key
      content  = file(source.value)
    }
  }
}

resource "google_storage_bucket" "sources" {
  #checkov:skip=CKV_GCP_62: holds nothing but published source; who wrote it is in the audit log
  name                        = "${var.project_id}-order-events-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  versioning {
    enabled = true
  }
  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.api]
}

# Named by its content: a function is deployed again when, and only when, its archive is another one.
resource "google_storage_bucket_object" "source" {
  for_each = local.archives

  bucket = google_storage_bucket.sources.name
  name   = "${each.key}-${each.value.sha256}.zip"
  source = each.value.path
}

resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84: images hold code, no data; the provider's keys suffice
  repository_id = "order-events"
  location      = var.region
  format        = "DOCKER"
  description   = "Images that Cloud Build makes of the functions."

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  name        = replace(each.key, "_", "-") # Cloud Run takes no underscores
  location    = var.region
  description = "functions/${each.key}"

  build_config {
    runtime           = var.runtime
    entry_point       = "handle"
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.image_build.id

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.source[each.key].name
      }
    }
  }

  # The platform boosts the processor at the start of second-generation functions without a setting.
  service_config {
    available_memory                 = each.value.memory
    available_cpu                    = tostring(each.value.cpu)
    max_instance_request_concurrency = each.value.concurrency
    min_instance_count               = var.keep_warm ? each.value.min_instances : 0
    max_instance_count               = local.max_instances[each.key]
    timeout_seconds                  = each.value.timeout_seconds
    ingress_settings                 = "ALLOW_INTERNAL_ONLY" # pushes of the same project are internal
    all_traffic_on_latest_revision   = !var.gradual_rollout  # else traffic.py moves it
    service_account_email            = google_service_account.function[each.key].email

    # egress.tf: to Google's services and nowhere else.
    direct_vpc_egress = var.restrict_egress ? "VPC_EGRESS_ALL_TRAFFIC" : null
    dynamic "direct_vpc_network_interface" {
      for_each = google_compute_subnetwork.consumers
      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.id
      }
    }

    environment_variables = merge(
      {
        DEFAULT_CURRENCY     = var.default_currency
        DEFAULT_UTC_OFFSET   = var.default_utc_offset
        FIRESTORE_DATABASE   = var.database
        FUNCTION_USE_ASGI    = "true" # or the framework first builds a synchronous application it then drops
        GOOGLE_CLOUD_PROJECT = var.project_id
        KEYSET_FILE          = "/keyset/keyset.json"
        KEYSET_KMS_KEY       = local.keyset_kms_key
        LOCATION             = var.region # of the instance, as its metrics name it

        PYDANTIC_DISABLE_PLUGINS = "__all__" # there are none, and the search reads the metadata of every package

        SUBSCRIPTIONS = jsonencode({
          for name, subscription in local.subscriptions : name => {
            topic             = subscription.topic
            producers         = local.topics[subscription.topic].producers
            on_reject         = subscription.on_reject
            nacks_per_minute  = subscription.nacks_per_minute
            catch_all         = subscription.catch_all
            dead_letter_topic = subscription.dead_letter_topic
          } if subscription.function == each.key
        })
        WORKERS = tostring(ceil(each.value.cpu)) # one event loop per core
      },
      module.options.function_environment,
      local.restored_environment,
      each.key == "dlq" ? module.options.notification_environment : {},
      var.mounted_credentials == null ? {} : { CREDENTIALS_FILE = "/secrets/pubsub-sa.json" },
      lookup(local.push_identity, each.key, {}),
    )

    dynamic "secret_environment_variables" {
      for_each = each.key == "dlq" ? module.options.notification_secrets : {}
      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value
        version    = "latest"
      }
    }

    secret_volumes {
      mount_path = "/keyset"
      project_id = var.project_id
      secret     = google_secret_manager_secret.keyset.secret_id
      versions {
        path    = "keyset.json"
        version = tostring(var.keyset_version)
      }
    }

    dynamic "secret_volumes" {
      for_each = var.mounted_credentials[*]
      content {
        mount_path = "/secrets"
        project_id = var.project_id
        secret     = secret_volumes.value.secret
        versions {
          path    = "pubsub-sa.json"
          version = "latest"
        }
      }
    }
  }

  depends_on = [time_sleep.grants]
}

resource "google_cloud_run_v2_service_iam_member" "push" {
  for_each = google_cloudfunctions2_function.function

  name     = each.value.name
  location = each.value.location
  role     = "roles/run.invoker"
  member   = local.pusher

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function[each.key].id]
  }
}
