# Where the functions that take messages may send anything: Google's services, by the addresses of
# restricted.googleapis.com, and nowhere else. A dependency that turns hostile sends nothing out. The console is in a
# network of its own (console.tf).

locals {
  restricted = var.restrict_egress ? toset(["consumers"]) : toset([])
  # restricted.googleapis.com: services that VPC Service Controls supports, which all of ours are.
  restricted_addresses = ["199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7"]
}

resource "google_compute_network" "consumers" {
  for_each = local.restricted

  name                    = "order-events-${each.key}"
  auto_create_subnetworks = false

  depends_on = [google_project_service.api]
}

# An instance takes an address, and another one while a new revision replaces it.
resource "google_compute_subnetwork" "consumers" {
  #checkov:skip=CKV_GCP_26: carries nothing but calls to Google, which the services log
  #checkov:skip=CKV_GCP_76: has no addresses of IPv6
  for_each = local.restricted

  name                     = "order-events-${each.key}"
  region                   = var.region
  network                  = google_compute_network.consumers[each.key].id
  ip_cidr_range            = "10.8.16.0/22"
  private_ip_google_access = true

  # Without restrict_egress the functions let go of it before it is deleted, not after.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_firewall" "google_only" {
  for_each = local.restricted

  name               = "order-events-${each.key}-google-only"
  network            = google_compute_network.consumers[each.key].id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = ["199.36.153.4/30"]

  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}

resource "google_compute_firewall" "nothing_else" {
  for_each = local.restricted

  name               = "order-events-${each.key}-nothing-else"
  network            = google_compute_network.consumers[each.key].id
  direction          = "EGRESS"
  priority           = 65000
  destination_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }
}

resource "google_dns_managed_zone" "consumers" {
  #checkov:skip=CKV_GCP_16: a private zone is not signed
  for_each = local.restricted

  name        = "order-events-${each.key}"
  dns_name    = "googleapis.com."
  description = "Google's services, as the functions reach them."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.consumers[each.key].id
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_dns_record_set" "consumers" {
  for_each = var.restrict_egress ? toset(["*.googleapis.com."]) : toset([])

  managed_zone = google_dns_managed_zone.consumers["consumers"].name
  name         = each.key
  type         = "A"
  ttl          = 300
  rrdatas      = local.restricted_addresses
}
