output "entries" {
  description = "functions, topics, subscriptions, those of them that consume, dead_letter_topics, and who publishes where."
  value = {
    functions          = local.functions
    topics             = local.topics
    subscriptions      = local.subscriptions
    consumed           = local.consumed
    dead_letter_topics = local.topology.dead_letter_topics
    publications       = local.publications
  }

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
    error_message = "topology.yaml has ${local.keys_written} keys, and ${local.keys_read} are read: some key is written twice."
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
    condition     = length(local.filters_without_type) == 0
    error_message = "These filters are not of the form attributes.eventType = \"TYPE\": ${join(", ", local.filters_without_type)}."
  }
  precondition {
    condition     = length(local.gaps) == 0
    error_message = "The filters leave a gap, so messages would be lost: ${join("; ", local.gaps)}."
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
