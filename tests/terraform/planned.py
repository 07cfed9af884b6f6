"""What there will be once a plan is applied, as tests ask for it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


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
    """A plan, whether from nothing or of changes.

    Attributes:
        variables: the values it was made with.
        before: what the state held of every resource, by address.
        deleted, replaced, updated: addresses of what ends, ends and is made again, and changes in place.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take the JSON form of a plan."""
        changes = {each["address"]: each["change"] for each in document["resource_changes"]}
        self.before = {address: change["before"] for address, change in changes.items() if change["before"]}
        self.deleted = {address for address, change in changes.items() if "delete" in change["actions"]}
        self.replaced = {each for each in self.deleted if "create" in changes[each]["actions"]}
        self.updated = {address for address, change in changes.items() if "update" in change["actions"]}
        self._resources = [
            _resource(each) for each in document["resource_changes"] if each["change"]["after"]
        ]
        module = document["configuration"]["root_module"]
        self._blocks = {each["address"]: each["expressions"] for each in module["resources"]}
        self.variables = {name: _given(each.get("value")) for name, each in document["variables"].items()}
        read = document["prior_state"]["values"]["root_module"]["resources"]
        self._data = {each["address"]: each["values"] for each in read if each["mode"] == "data"}

    def __iter__(self) -> Iterator[Resource]:
        """Iterate over all resources that there will be."""
        return iter(self._resources)

    def of(self, block: str) -> dict[str, Mapping[str, Any]]:
        """Return the values of a block's instances, by key. Raises KeyError where there is no such block."""
        self._blocks[block]
        return {each.key: each.values for each in self._resources if each.block == block}

    def blocks(self, kind: str) -> set[str]:
        """Return the names of all blocks of a type of resource."""
        return {block for block in self._blocks if block.startswith(f"{kind}.")}

    def read(self, address: str) -> Mapping[str, Any]:
        """Return what a data source had when the plan was made. Raises KeyError for an unknown one."""
        values: Mapping[str, Any] = self._data[address]
        return values

    def refers(self, block: str, argument: str) -> set[str]:
        """Return what an argument of a block refers to, for what is known only after it is created."""
        return set(self._blocks[block][argument].get("references", ()))


def _resource(change: Mapping[str, Any]) -> Resource:
    return Resource(
        f"{change['type']}.{change['name']}", str(change.get("index", "")), change["change"]["after"]
    )


def _given(value: Any) -> Any:
    """Restate a number or truth value that was given on a command line, where all is text."""
    plain = isinstance(value, str) and re.fullmatch(r"true|false|-?\d+(\.\d+)?", value)
    return json.loads(value) if plain else value
