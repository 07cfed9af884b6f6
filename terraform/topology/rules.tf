# What stops a plan. yamldecode lets a misspelt key lie unread and keeps the last of two equal keys, both silently.

locals {
  known_keys = {
    function     = ["memory", "cpu", "concurrency", "min_instances", "max_instances", "timeout_seconds", "publishes"]
    topic        = ["group", "retention_seconds", "producers"]
    subscription = ["topic", "function", "filter", "ordering", "ack_deadline_seconds", "minimum_backoff_seconds", "maximum_backoff_seconds", "max_delivery_attempts", "retention_seconds", "on_reject", "catch_all", "nacks_per_minute", "automatic_replay", "dead_letter_topic"]
  }
  entry_kinds = {
    functions                 = "function"
    topics                    = "topic"
    subscriptions             = "subscription"
    dead_letter_topics        = "topic"
    dead_letter_subscriptions = "subscription"
  }
  default_kinds = {
    function                 = "function"
    topic                    = "topic"
    subscription             = "subscription"
    dead_letter_subscription = "subscription"
  }

  unknown_keys = sort(concat(
    [for section in keys(local.topology) : section if !contains(concat(["defaults"], keys(local.entry_kinds)), section)],
    [for kind in keys(local.defaults) : "defaults.${kind}" if !contains(keys(local.default_kinds), kind)],
    flatten([for layer, kind in local.default_kinds : [
      for key in keys(local.defaults[layer]) : "defaults.${layer}.${key}" if !contains(local.known_keys[kind], key)
    ]]),
    flatten([for section, kind in local.entry_kinds : [
      for name, entry in local.topology[section] : [
        for key in keys(merge(entry, {})) : "${section}.${name}.${key}" if !contains(local.known_keys[kind], key)
      ]
    ]]),
  ))

  # Names are counted in the text itself, where both of two equal keys still are.
  names_written = {
    for section in keys(local.entry_kinds) : section => flatten(regexall(
      "(?m)^  ([A-Za-z][\\w.~+%-]*):",
      regex("(?s)(?:^|\\n)${section}:(.*?)(?:\\n[a-z_]|$)", local.text)[0],
    ))
  }
  duplicates = sort(distinct(concat(
    flatten([for section, names in local.names_written : [
      for name in names : "${section}.${name}" if length([for each in names : each if each == name]) > 1
    ]]),
    flatten([for section in ["topics", "subscriptions"] : [
      for name in setintersection(keys(local.topology[section]), keys(local.topology["dead_letter_${section}"])) :
      "dead_letter_${section}.${name}"
    ]]),
  )))
  keys_written = length(regexall(
    "(?m)(?:^\\s*|[{,]\\s*)[A-Za-z][\\w.~+%-]*:(?:\\s|$)",
    replace(local.text, "/(?m)(^|\\s)#.*$/", ""),
  ))
  keys_read = sum(concat([length(local.topology)], flatten([
    for section in local.topology : concat([length(section)], [for entry in section : length(merge(entry, {}))])
  ])))

  unknown_functions = sort([
    for name, subscription in local.subscriptions : "${name} (${subscription.function})"
    if !contains(keys(local.functions), subscription.function)
  ])
  functions_without_source = [
    for name in keys(local.functions) : name if !fileexists("${path.module}/../../functions/${name}/main.py")
  ]
  unknown_topics = sort(concat(
    [for name, each in local.subscriptions : "${name}.topic (${each.topic})" if !contains(keys(local.topics), each.topic)],
    [for name, each in local.publications : name if !contains(keys(local.topics), each.topic)],
    [for topic in keys(var.publishers) : "var.publishers (${topic})" if !contains(keys(local.topics), topic)],
  ))
  without_dead_letter_topic = [
    for name, each in local.consumed : name
    if !contains(keys(local.topology.dead_letter_topics), coalesce(each.dead_letter_topic, "none")) || each.dead_letter_topic != "${each.topic}-dlq"
  ]
  # A filter takes one event type. The catch-all of a topic with filters takes what none of them takes.
  type_pattern    = "^attributes\\.eventType = \"([^\"]+)\"$"
  filtered_topics = toset([for each in local.consumed : each.topic if each.filter != ""])
  catch_all_filters = { for topic in local.filtered_topics : topic => format("NOT (%s)", join(" OR ", [
    for type in sort(distinct(flatten([
      for each in local.consumed : regexall(local.type_pattern, each.filter) if each.topic == topic
    ]))) : "attributes.eventType = \"${type}\""
  ])) }
  filters_without_type = sort([
    for name, each in local.consumed : name
    if each.filter != "" && !each.catch_all && length(regexall(local.type_pattern, each.filter)) == 0
  ])
  gaps = sort([
    for topic, filter in local.catch_all_filters : "${topic} needs one subscription with catch_all and ${filter}"
    if !anytrue([for each in local.consumed : each.topic == topic && each.filter == "" && !each.catch_all])
    && jsonencode([for each in local.consumed : each.filter if each.topic == topic && each.catch_all]) != jsonencode([filter])
  ])
  dead_letter_readers = { for topic in keys(local.topology.dead_letter_topics) : topic => length([
    for each in local.topology.dead_letter_subscriptions : each if each.topic == topic
  ]) }
  outlived = [
    for name, each in local.subscriptions : name
    if lookup(lookup(local.functions, each.function, {}), "timeout_seconds", 0) > lookup(each, "ack_deadline_seconds", 0)
  ]
}
