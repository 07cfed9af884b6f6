# People reach the console through a load balancer with Identity-Aware Proxy, which signs each request. People get the
# proxy's role, never run.invoker, which would lead past the proxy.

locals {
  access      = { for each in var.console_access[*] : "console" => each }
  access_apis = var.console_access == null ? [] : ["iap.googleapis.com"]
}

resource "google_project_service_identity" "iap" {
  for_each = local.access
  provider = google-beta

  service    = "iap.googleapis.com"
  depends_on = [google_project_service.api]
}

resource "google_cloud_run_v2_service_iam_member" "iap" {
  for_each = local.access

  name     = google_cloudfunctions2_function.console.name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_project_service_identity.iap[each.key].member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.console.id]
  }
}

resource "google_iap_web_backend_service_iam_member" "reviewer" {
  for_each = toset(flatten([for each in local.access : tolist(each.members)]))

  web_backend_service = google_compute_backend_service.console["console"].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.key

  lifecycle {
    replace_triggered_by = [google_compute_backend_service.console["console"].id]
  }
}

resource "google_compute_region_network_endpoint_group" "console" {
  for_each = local.access

  name                  = "order-events-${each.key}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.console.name
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_backend_service" "console" {
  for_each = local.access

  name                  = "order-events-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"

  backend {
    group = google_compute_region_network_endpoint_group.console[each.key].id
  }
  iap {
    enabled = true
  }
}

resource "google_compute_url_map" "console" {
  for_each = local.access

  name            = "order-events-${each.key}"
  default_service = google_compute_backend_service.console[each.key].id
}

resource "google_compute_managed_ssl_certificate" "console" {
  for_each = local.access

  name = "order-events-console-${substr(sha256(each.value.domain), 0, 8)}" # a new domain's comes before the old one's goes

  managed {
    domains = [each.value.domain]
  }
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.api]
}

# requirements 9.3
resource "google_compute_ssl_policy" "console" {
  for_each = local.access

  name            = "order-events-${each.key}"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.api]
}

resource "google_compute_target_https_proxy" "console" {
  for_each = local.access

  name             = "order-events-${each.key}"
  url_map          = google_compute_url_map.console[each.key].id
  ssl_certificates = [google_compute_managed_ssl_certificate.console[each.key].id]
  ssl_policy       = google_compute_ssl_policy.console[each.key].id
}

resource "google_compute_global_address" "console" {
  for_each = local.access

  name = "order-events-${each.key}"

  depends_on = [google_project_service.api]
}

resource "google_compute_global_forwarding_rule" "console" {
  for_each = local.access

  name                  = "order-events-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.console[each.key].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.console[each.key].id
}
