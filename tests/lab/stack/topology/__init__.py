"""The project's topics, subscriptions and functions, as written in `terraform/topology.yaml`."""

from tests.lab.stack.topology.loading import TOPOLOGY_FILE, TopologyError, load
from tests.lab.stack.topology.model import Function, OnReject, Subscription, Topic, Topology

__all__ = [
    "TOPOLOGY_FILE",
    "Function",
    "OnReject",
    "Subscription",
    "Topic",
    "Topology",
    "TopologyError",
    "load",
]
