# Has the console look once a minute at messages that came too early.

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

resource "google_cloud_scheduler_job" "retry_deferred" {
  name             = "order-events-retry-deferred"
  region           = var.region
  description      = "Replays messages that came too early, where what they waited for is there."
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s" # as long as the console takes at most; meanwhile no second look begins

  http_target {
    http_method = "POST"
    uri         = "${google_cloudfunctions2_function.console.service_config[0].uri}/api/retry-deferred"
    body        = base64encode("{}")

    # It comes past Identity-Aware Proxy, so it says itself who it is; the token below proves that it may call at all.
    headers = {
      Content-Type                    = "application/json"
      X-Goog-Authenticated-User-Email = "accounts.google.com:${google_service_account.schedule.email}"
    }

    oidc_token {
      service_account_email = google_service_account.schedule.email
      audience              = google_cloudfunctions2_function.console.service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.schedule]
}
