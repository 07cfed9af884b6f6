# Has the console replay messages that may pass now, and advance bulk operations, once a minute.

resource "google_service_account" "schedule" {
  account_id   = "retry-schedule"
  display_name = "Cloud Scheduler's identity towards the console"

  depends_on = [google_project_service.api]
}

resource "google_cloud_run_v2_service_iam_member" "schedule" {
  name     = google_cloudfunctions2_function.console.name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.schedule.member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.console.id]
  }
}

locals {
  scheduled_requests = {
    retry-deferred = {
      description = "Replays failed messages that may pass now."
      schedule    = "* * * * *"
    }
    advance-runs = {
      description = "Advances the bulk operations that are neither ended nor paused."
      schedule    = "* * * * *"
    }
    check-deadlines = {
      description = "Checks the orders that have missed a deadline."
      schedule    = "*/5 * * * *"
    }
  }
}

resource "google_cloud_scheduler_job" "console" {
  for_each = local.scheduled_requests

  name             = "order-events-${each.key}"
  region           = var.region
  description      = each.value.description
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s" # the longest time the console takes; until then Cloud Scheduler starts no second request

  http_target {
    http_method = "POST"
    uri         = "${google_cloudfunctions2_function.console.service_config[0].uri}/api/${each.key}"
    body        = base64encode("{}")

    headers = {
      Content-Type = "application/json"
    }

    # It comes past Identity-Aware Proxy: Cloud Run verifies this token, and the console its claims.
    oidc_token {
      service_account_email = google_service_account.schedule.email
      audience              = google_cloudfunctions2_function.console.service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.schedule]
}

moved {
  from = google_cloud_scheduler_job.retry_deferred
  to   = google_cloud_scheduler_job.console["retry-deferred"]
}
