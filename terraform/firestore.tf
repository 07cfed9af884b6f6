locals {
  # Nothing is indexed unless a query needs it: sequential values in an index keep a collection near 500 writes/s, an
  # index entry holds 1,500 bytes at most, and every entry is paid for. `indexed`: fields queried or sorted by alone.
  collections = {
    orders                  = { indexed = [], expires = false }
    stock                   = { indexed = [], expires = false }
    reservations            = { indexed = [], expires = false }
    waiting_orders          = { indexed = [], expires = false }
    processed_messages      = { indexed = [], expires = true }
    delivery_failures       = { indexed = [], expires = true }
    nack_slots              = { indexed = [], expires = true }
    failed_messages         = { indexed = ["attributes.source", "attributes.version", "closedAt", "groupId", "lastFailedAt", "noticeDue", "orderKey", "originalSubscription", "receivedAt", "status"], expires = false }
    failure_groups          = { indexed = ["lastSeenAt"], expires = false }
    denied_attempts         = { indexed = ["lastAt"], expires = true }
    notifications           = { indexed = [], expires = true }
    audit_log               = { indexed = ["at"], expires = true }
    customer_searches       = { indexed = ["at"], expires = true }
    automatic_replay_pauses = { indexed = [], expires = false }
    replay_runs             = { indexed = ["startedAt", "status"], expires = false }
    edits                   = { indexed = ["at"], expires = false }
    pages                   = { indexed = [], expires = true } # only those of an edit that was never saved
  }
  indexed_fields = merge([
    for collection, entry in local.collections : {
      for field in entry.indexed : "${collection}/${field}" => { collection = collection, field = field }
    }
  ]...)

  # The customers that a document is about, as encrypted lists: a query finds all documents of a customer to erase.
  # Edits lie below the messages they belong to, and are searched under all of them at once.
  customer_keys = {
    orders             = "COLLECTION"
    processed_messages = "COLLECTION"
    failed_messages    = "COLLECTION"
    edits              = "COLLECTION_GROUP"
  }

  # Queries over more than one field. Firestore merges those that end in the same field and direction, so that any
  # choice of filters of the list of failed messages is served by one index per filter.
  composite_indexes = {
    by_subscription     = { collection = "failed_messages", fields = [["originalSubscription", "ASCENDING"], ["lastFailedAt", "DESCENDING"]] }
    by_order            = { collection = "failed_messages", fields = [["orderKey", "ASCENDING"], ["lastFailedAt", "DESCENDING"]] }
    by_group            = { collection = "failed_messages", fields = [["groupId", "ASCENDING"], ["lastFailedAt", "DESCENDING"]] }
    by_status           = { collection = "failed_messages", fields = [["status", "ASCENDING"], ["lastFailedAt", "DESCENDING"]] }
    by_source           = { collection = "failed_messages", fields = [["attributes.source", "ASCENDING"], ["lastFailedAt", "DESCENDING"]] }
    by_version          = { collection = "failed_messages", fields = [["attributes.version", "ASCENDING"], ["lastFailedAt", "DESCENDING"]] }
    oldest_subscription = { collection = "failed_messages", fields = [["originalSubscription", "ASCENDING"], ["lastFailedAt", "ASCENDING"]] }
    oldest_order        = { collection = "failed_messages", fields = [["orderKey", "ASCENDING"], ["lastFailedAt", "ASCENDING"]] }
    oldest_status       = { collection = "failed_messages", fields = [["status", "ASCENDING"], ["lastFailedAt", "ASCENDING"]] }
    oldest_source       = { collection = "failed_messages", fields = [["attributes.source", "ASCENDING"], ["lastFailedAt", "ASCENDING"]] }
    oldest_version      = { collection = "failed_messages", fields = [["attributes.version", "ASCENDING"], ["lastFailedAt", "ASCENDING"]] }
    failed_within       = { collection = "failed_messages", fields = [["groupId", "ASCENDING"], ["lastFailedAt", "ASCENDING"]] }
    received_since      = { collection = "failed_messages", fields = [["groupId", "ASCENDING"], ["receivedAt", "ASCENDING"]] }
    closed_since        = { collection = "failed_messages", fields = [["groupId", "ASCENDING"], ["closedAt", "ASCENDING"]] }
    due_for_replay      = { collection = "failed_messages", fields = [["originalSubscription", "ASCENDING"], ["status", "ASCENDING"], ["retryAt", "ASCENDING"]] }
    unfinished_of_group = { collection = "failed_messages", fields = [["groupId", "ASCENDING"], ["status", "ASCENDING"], ["publishTime", "ASCENDING"]] }
    waiting_by_date     = { collection = "waiting_orders", fields = [["stockId", "ASCENDING"], ["orderedAt", "ASCENDING"]] }
    due_deadlines       = { collection = "orders", fields = [["deadlineShard", "ASCENDING"], ["deadlineAt", "ASCENDING"]] }
    audit_by_person     = { collection = "audit_log", fields = [["by", "ASCENDING"], ["at", "DESCENDING"]] }
    audit_by_action     = { collection = "audit_log", fields = [["action", "ASCENDING"], ["at", "DESCENDING"]] }
    audit_by_target     = { collection = "audit_log", fields = [["target", "ASCENDING"], ["at", "DESCENDING"]] }
    critical_first      = { collection = "failure_groups", fields = [["critical", "DESCENDING"], ["lastSeenAt", "DESCENDING"]] }
  }
}

locals {
  restored_environment = var.restored == null ? {} : {
    MIN_ORDER_VERSION = tostring(var.restored.min_order_version)
    RESTORED_AT       = var.restored.at
    RESTORED_TO       = var.restored.to
  }
}

resource "google_firestore_database" "orders" {
  name                              = var.database
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE" # which Google refuses while the database is protected

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.api]
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.orders.name
  retention = "${var.backup_retention_days * 24 * 3600}s"

  daily_recurrence {}
}

resource "google_firestore_field" "unindexed" {
  for_each = local.collections

  database   = google_firestore_database.orders.name
  collection = each.key
  field      = "*"

  index_config {}
}

resource "google_firestore_field" "indexed" {
  for_each = local.indexed_fields

  database   = google_firestore_database.orders.name
  collection = each.value.collection
  field      = each.value.field

  index_config {
    dynamic "indexes" {
      for_each = toset(["ASCENDING", "DESCENDING"])
      content {
        order = indexes.value
      }
    }
  }

  depends_on = [google_firestore_field.unindexed]
}

resource "google_firestore_field" "customer_keys" {
  for_each = local.customer_keys

  database   = google_firestore_database.orders.name
  collection = each.key
  field      = "customerKeys"

  index_config {
    indexes {
      array_config = "CONTAINS"
      query_scope  = each.value
    }
  }

  depends_on = [google_firestore_field.unindexed]
}

# The ids in a message, as a list of digests: a search finds a message by any of them.
resource "google_firestore_field" "search_keys" {
  database   = google_firestore_database.orders.name
  collection = "failed_messages"
  field      = "searchKeys"

  index_config {
    indexes {
      array_config = "CONTAINS"
      query_scope  = "COLLECTION"
    }
  }

  depends_on = [google_firestore_field.unindexed]
}

resource "google_firestore_field" "expiry" {
  for_each = { for collection, entry in local.collections : collection => entry if entry.expires }

  database   = google_firestore_database.orders.name
  collection = each.key
  field      = "expireAt"

  index_config {}
  ttl_config {}

  depends_on = [google_firestore_field.unindexed]
}

resource "google_firestore_index" "composite" {
  for_each = local.composite_indexes

  database   = google_firestore_database.orders.name
  collection = each.value.collection

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = fields.value[0]
      order      = fields.value[1]
    }
  }
}

resource "google_firebaserules_ruleset" "deny_all" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }

  depends_on = [google_firestore_database.orders]
}

resource "google_firebaserules_release" "deny_all" {
  name         = var.database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.database}"
  ruleset_name = google_firebaserules_ruleset.deny_all.name
}
