# What stops a plan. yamldecode lets a misspelt key lie unread and keeps the last of two equal keys, both silently.

locals {
  known_keys = {
    function     = ["memory", "cpu", "concurrency", "min_instances", "max_instances", "timeout_seconds", "publishes"]
    topic        = ["group", "retention_seconds"]
    subscription = ["topic", "function", "filter", "ordering", "ack_deadline_seconds", "minimum_backoff_seconds", "maximum_backoff_seconds", "max_delivery_attempts", "retention_seconds", "on_reject", "dead_letter_topic"]
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
      regex("(?s)(?:^|\\n)${section}:(.*?)(?:\\n[a-z_]|$)", local.topology_text)[0],
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
    replace(local.topology_text, "/(?m)(^|\\s)#.*$/", ""),
  ))
  keys_read = sum(concat([length(local.topology)], flatten([
    for section in local.topology : concat([length(section)], [for entry in section : length(merge(entry, {}))])
  ])))

  unknown_functions = sort([
    for name, subscription in local.subscriptions : "${name} (${subscription.function})"
    if !contains(keys(local.functions), subscription.function)
  ])
  functions_without_source = [
    for name in keys(local.functions) : name if !fileexists("${path.module}/../functions/${name}/main.py")
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
  dead_letter_readers = { for topic in keys(local.topology.dead_letter_topics) : topic => length([
    for each in local.topology.dead_letter_subscriptions : each if each.topic == topic
  ]) }
  outlived = [
    for name, each in local.subscriptions : name
    if contains(keys(local.functions), each.function) && lookup(local.functions, each.function, local.defaults.function).timeout_seconds > each.ack_deadline_seconds
  ]
}

resource "terraform_data" "topology" {
  input = sha256(local.topology_text)

  lifecycle {
    precondition {
      condition     = length(local.unknown_keys) == 0
      error_message = "topology.yaml has keys that nothing reads: ${join(", ", local.unknown_keys)}."
    }
    precondition {
      condition     = length(local.duplicates) == 0
      error_message = "topology.yaml names something twice: ${join(", ", local.duplicates)}."
    }
    precondition {
      condition     = local.keys_written == local.keys_read
      error_message = "topology.yaml has ${local.keys_written} keys, of which ${local.keys_read} are read: some key is written twice."
    }
    precondition {
      condition     = length(local.unknown_functions) == 0
      error_message = "topology.yaml pushes to functions it does not define: ${join(", ", local.unknown_functions)}."
    }
    precondition {
      condition     = length(local.functions_without_source) == 0
      error_message = "These functions have no functions/<name>/main.py: ${join(", ", local.functions_without_source)}."
    }
    precondition {
      condition     = length(local.unknown_topics) == 0
      error_message = "These name topics that topology.yaml does not define: ${join(", ", local.unknown_topics)}."
    }
    precondition {
      condition     = length(local.without_dead_letter_topic) == 0
      error_message = "The dead_letter_topic must be one of dead_letter_topics, named <topic>-dlq (requirements 6.1): ${join(", ", local.without_dead_letter_topic)}."
    }
    precondition {
      condition     = alltrue([for readers in local.dead_letter_readers : readers == 1])
      error_message = "A dead-letter topic needs exactly one subscription; they have: ${jsonencode(local.dead_letter_readers)}."
    }
    precondition {
      condition     = length(local.outlived) == 0
      error_message = "A function may not run longer than its message's ack deadline: ${join(", ", local.outlived)}."
    }
  }
}
