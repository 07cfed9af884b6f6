"""What a plan would create, as tests ask for it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.staging import Workspace


@dataclass(frozen=True)
class Resource:
    """One resource of a plan; what is only known after it is created is absent from `values`.

    Attributes:
        block: type and name as in the code, as in "google_pubsub_topic.topic".
        key: of its `for_each`, empty without one.
    """

    block: str
    key: str
    values: Mapping[str, Any]

    @property
    def type(self) -> str:
        """Return the type of resource."""
        return self.block.partition(".")[0]


class Plan:
    """A plan from nothing."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take the JSON form of a plan."""
        self._resources = [_resource(each) for each in document["resource_changes"]]
        module = document["configuration"]["root_module"]
        self._blocks = {each["address"]: each["expressions"] for each in module["resources"]}

    def __iter__(self) -> Iterator[Resource]:
        """Iterate over all that is to be created."""
        return iter(self._resources)

    def of(self, block: str) -> dict[str, Mapping[str, Any]]:
        """Return the values of a block's instances, by key. Raises KeyError where there is no such block."""
        self._blocks[block]
        return {each.key: each.values for each in self._resources if each.block == block}

    def refers(self, block: str, argument: str) -> set[str]:
        """Return what an argument of a block refers to, for what is known only after it is created."""
        return set(self._blocks[block][argument].get("references", ()))


def plan(workspace: Workspace, *options: str) -> Plan:
    """Plan from nothing in an initialised workspace."""
    workspace.must("plan", "-input=false", "-no-color", "-out=test.tfplan", *options)
    return Plan(json.loads(workspace.must("show", "-json", "test.tfplan")))


def _resource(change: Mapping[str, Any]) -> Resource:
    return Resource(
        f"{change['type']}.{change['name']}", str(change.get("index", "")), change["change"]["after"]
    )
