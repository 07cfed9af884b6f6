"""Load the topology file into the model, or report every problem in it."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from tests.lab.stack.topology import strict_yaml
from tests.lab.stack.topology.merging import LAYERS, merge, origin
from tests.lab.stack.topology.model import Function, Subscription, Topology
from tests.lab.stack.topology.problems import Problem
from tests.lab.stack.topology.references import Entries, broken_references

TOPOLOGY_FILE = Path(__file__).parents[4] / "terraform" / "topology.yaml"

Entry = TypeVar("Entry", bound=BaseModel)


class TopologyError(ValueError):
    """The topology file is invalid; `problems` lists every problem in one line each."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__("\n  ".join([f"{path.name} is invalid:", *problems]))
        self.problems = problems


def load(path: Path = TOPOLOGY_FILE) -> Topology:
    """Read a topology file and merge its defaults into every entry.

    Raises TopologyError with all problems, each with the path of its key.
    """
    return _load(path, path.read_text(encoding="utf-8"))


@cache
def _load(path: Path, text: str) -> Topology:
    """Parse once: a stack asks for the topology once for each function and subscription."""
    try:
        document, problems = strict_yaml.parse(text)
    except yaml.YAMLError as error:
        raise TopologyError(path, [f"(file): {error}"]) from error
    if not isinstance(document, dict):
        raise TopologyError(path, ["(file): must be a map"])
    merged = merge(document)
    problems += [*_invalid_fields(document, merged), *broken_references(_entries(merged))]
    if problems:
        raise TopologyError(path, list(dict.fromkeys(map(str, problems))))
    return Topology.model_validate(merged)


def _invalid_fields(document: Mapping[str, object], merged: Mapping[str, object]) -> Iterator[Problem]:
    try:
        Topology.model_validate(merged)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            # pydantic marks an invalid key by an extra last step.
            location = tuple(str(step) for step in detail["loc"] if step != "[key]")
            yield Problem(origin(document, location), detail["msg"])


def _entries(merged: Mapping[str, object]) -> Entries:
    return Entries(
        {section: set(_section(merged, section)) for section in LAYERS},
        _valid(Function, _section(merged, "functions")),
        _valid(Subscription, _section(merged, "subscriptions")),
        _valid(Subscription, _section(merged, "dead_letter_subscriptions")),
    )


def _section(merged: Mapping[str, object], name: str) -> dict[str, object]:
    section = merged.get(name)
    return section if isinstance(section, dict) else {}


def _valid(model: type[Entry], section: Mapping[str, object]) -> dict[str, Entry]:
    valid = {}
    for name, entry in section.items():
        try:
            valid[name] = model.model_validate(entry)
        except ValidationError:
            continue  # `_invalid_fields` reports it
    return valid
