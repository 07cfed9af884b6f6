# Everything below reads the topology from here; a mistake in it stops the plan before anything else is looked at.

module "topology" {
  source = "./topology"

  publishers = var.publishers
}

locals {
  functions          = module.topology.entries.functions
  topics             = module.topology.entries.topics
  subscriptions      = module.topology.entries.subscriptions
  consumed           = module.topology.entries.consumed
  dead_letter_topics = module.topology.entries.dead_letter_topics
  publications       = module.topology.entries.publications
}
