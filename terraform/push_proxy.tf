# A proxy between Pub/Sub and the functions, where an environment has one. Cloud Run removes the signature of the token that
# it checks. So Cloud Run checks the proxy's own token (X-Serverless-Authorization), and the function checks that of the push,
# which the proxy passes on unchanged.

locals {
  # What the proxy is asked for, function by function, and what the tokens of these pushes are made for.
  proxied_urls = {
    for name in keys(local.functions) : name => "${module.options.push_proxy.url}/${replace(name, "_", "-")}"
    if module.options.push_proxy != null
  }

  # Where each function is pushed to, by Pub/Sub and by the console.
  push_urls = merge(
    { for name, function in google_cloudfunctions2_function.function : name => function.service_config[0].uri },
    local.proxied_urls,
  )

  # What each function verifies itself: nothing, where Cloud Run does.
  push_identity = {
    for name, url in local.proxied_urls : name => {
      PUSH_ACCOUNTS = join(",", [google_service_account.console.email, google_service_account.push.email])
      PUSH_AUDIENCE = url
    }
  }

  # Who calls the functions on Pub/Sub's behalf.
  pusher = module.options.push_proxy == null ? google_service_account.push.member : "serviceAccount:${module.options.push_proxy.account}"
}
