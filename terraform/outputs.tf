output "quota" {
  description = "What all instances at their maximum take in the region, in vCPU and GiB: README.md says how to ask for it."
  value = {
    vcpu       = local.console_max_instances + sum([for name, each in local.functions : local.max_instances[name] * each.cpu])
    memory_gib = local.console_max_instances + sum([for name, each in local.functions : local.max_instances[name] * local.memory_gib[name]])
  }
}

output "topics" {
  description = "Topics by name, for producers and for consumers of order-events."
  value       = { for name, topic in google_pubsub_topic.topic : name => topic.id }
}

output "function_urls" {
  description = "Where each function takes pushes; reachable from within the project only."
  value       = { for name, function in google_cloudfunctions2_function.function : name => function.service_config[0].uri }
}

output "console_address" {
  description = "Where the console's domain has to point, as an A record; null without console_access."
  value       = one([for each in google_compute_global_address.console : each.address])
}

output "console_audience" {
  description = "The value of iap_audience; null without console_access."
  value       = one([for each in google_compute_backend_service.console : "/projects/${local.project_number}/global/backendServices/${each.generated_id}"])
}

output "canary_subscription" {
  description = "What a deployment listens to after it has published an order of its own."
  value       = google_pubsub_subscription.canary.name
}

output "keyset_kms_key" {
  description = "The key of Cloud KMS that wraps keysets."
  value       = local.keyset_kms_key
}

output "keyset_secret" {
  description = "The secret that wrapped keysets are added to, at bootstrap and at rotation."
  value       = google_secret_manager_secret.keyset.secret_id
}
