# topology.yaml with its defaults under every entry. A module without providers: its rules are tried in no time.

locals {
  text     = file("${path.module}/../topology.yaml")
  topology = yamldecode(local.text)
  defaults = local.topology.defaults

  functions = {
    for name, entry in local.topology.functions : name => merge(local.defaults.function, entry)
  }
  topics = {
    for name, entry in merge(local.topology.topics, local.topology.dead_letter_topics) :
    name => merge(local.defaults.topic, entry)
  }
  consumed = {
    for name, entry in local.topology.subscriptions : name => merge(local.defaults.subscription, entry)
  }
  subscriptions = merge(local.consumed, {
    for name, entry in local.topology.dead_letter_subscriptions :
    name => merge(local.defaults.subscription, local.defaults.dead_letter_subscription, entry)
  })

  # The topics that each function's account publishes to: its own, and its dead-letter topics beyond the nack budget.
  publications = merge([
    for name, function in local.functions : {
      for topic in setunion(function.publishes, [
        for subscription in local.consumed : subscription.dead_letter_topic if subscription.function == name
      ]) : "${name}/${topic}" => { function = name, topic = topic }
    }
  ]...)
}
