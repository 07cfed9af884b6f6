# The console: no subscription pushes to it, so it is not in the topology. People come by console_access.tf.

locals {
  console_max_instances = min(3, coalesce(var.max_instances, 3)) # of 1 vCPU and 1 GiB

  # Behind which subscriptions a failed message can be replayed.
  replayed_functions = toset([for each in local.consumed : each.function])
}

resource "google_service_account" "console" {
  account_id   = "fn-console"
  display_name = "Runs functions/console"

  depends_on = [google_project_service.api]
}

resource "google_cloudfunctions2_function" "console" {
  name        = "console"
  location    = var.region
  description = "functions/console"

  build_config {
    runtime           = var.runtime
    entry_point       = "handle"
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.image_build.id

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.source["console"].name
      }
    }
  }

  service_config {
    available_memory                 = "1Gi" # shows and edits messages of 10 MB (requirements 1.1)
    available_cpu                    = "1"
    max_instance_request_concurrency = 20
    min_instance_count               = 0
    max_instance_count               = local.console_max_instances
    timeout_seconds                  = 180 # a step of a bulk operation or of automatic replay waits for functions of 50 s
    ingress_settings                 = "ALLOW_INTERNAL_AND_GCLB"
    all_traffic_on_latest_revision   = !var.gradual_rollout
    service_account_email            = google_service_account.console.email

    # The functions take internal requests alone, and a request from the same project is internal only by way of a network.
    # Only calls to functions go there, by the zone below: the path through a new instance's network may take a minute, and
    # Cloud KMS and Firestore are needed at once.
    direct_vpc_egress = "VPC_EGRESS_PRIVATE_RANGES_ONLY"
    direct_vpc_network_interface {
      network    = google_compute_network.console.id
      subnetwork = google_compute_subnetwork.console.id
    }

    environment_variables = merge(module.options.console_environment, module.options.notification_environment, local.restored_environment, {
      DEFERRED_RETRY_SECONDS = "60" # as often as the schedule looks
      FIRESTORE_DATABASE     = var.database
      FUNCTION_URLS = jsonencode({
        for name in local.replayed_functions : name => local.push_urls[name]
      })
      FUNCTION_USE_ASGI    = "true"
      GOOGLE_CLOUD_PROJECT = var.project_id
      KEYSET_FILE          = "/keyset/keyset.json"
      KEYSET_KMS_KEY       = local.keyset_kms_key

      PYDANTIC_DISABLE_PLUGINS = "__all__" # as for the functions

      SCHEDULE_ACCOUNT = google_service_account.schedule.email
      SUBSCRIPTIONS = jsonencode({
        for name, subscription in local.consumed : name => {
          topic             = subscription.topic
          on_reject         = subscription.on_reject
          nacks_per_minute  = subscription.nacks_per_minute
          dead_letter_topic = subscription.dead_letter_topic
          function          = subscription.function
          automatic_replay  = subscription.automatic_replay
        }
      })
      WORKERS = "1"
    })

    dynamic "secret_environment_variables" {
      for_each = module.options.notification_secrets
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
  }

  depends_on = [time_sleep.grants]
}

# The console publishes what its check of deadlines finds, and notices of failed messages that were closed.
resource "google_pubsub_topic_iam_member" "console" {
  topic  = google_pubsub_topic.topic["order-events"].id # not `.name`: a new topic needs the grant again
  role   = local.roles.publisher
  member = google_service_account.console.member
}

resource "google_cloud_run_v2_service_iam_member" "console" {
  for_each = module.options.push_proxy == null ? local.replayed_functions : toset([]) # else it calls the proxy

  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.console.member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function[each.key].id]
  }
}

resource "google_compute_network" "console" {
  #checkov:skip=CKV2_GCP_18: nothing listens in it; what comes in is refused unless a rule lets it
  name                    = "order-events-console"
  auto_create_subnetworks = false

  depends_on = [google_project_service.api]
}

resource "google_compute_subnetwork" "console" {
  #checkov:skip=CKV_GCP_26: carries nothing but the console's calls to Google, which the services log
  #checkov:skip=CKV_GCP_76: has no addresses of IPv6
  name                     = "order-events-console"
  region                   = var.region
  network                  = google_compute_network.console.id
  ip_cidr_range            = "10.8.0.0/26"
  private_ip_google_access = true # the functions' addresses are reached from within
}

# Within the network the functions' names lead to Google's private addresses (private.googleapis.com), so that calls to
# them, and nothing else, take the network.
resource "google_dns_managed_zone" "console" {
  #checkov:skip=CKV_GCP_16: a private zone is not signed
  name        = "order-events-console"
  dns_name    = "run.app."
  description = "The functions, as the console reaches them."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.console.id
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_dns_record_set" "console" {
  for_each = toset(["run.app.", "*.run.app."])

  managed_zone = google_dns_managed_zone.console.name
  name         = each.key
  type         = "A"
  ttl          = 300
  rrdatas      = ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"]
}
