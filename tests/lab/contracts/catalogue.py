"""Every kind of message: those that functions consume, by their routes, and those that they publish."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Any

import shared.contracts
import shared.domain
from shared.contracts.contract import Contract
from shared.contracts.outgoing import EVENT_SOURCE, EVENT_VERSION
from shared.domain.decision import DomainEvent
from tests.lab.stack.topology import Topology, load
from tests.unit.functions.function_routes import routes_of


class Direction(StrEnum):
    """Whether the functions consume a message or publish it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One kind of message on a topic.

    Attributes:
        kind: its contract, or the event it carries.
        event_type: the value of its attribute `eventType`; None for a topic with one kind of message.
        producers: values of its attribute `source`; empty where every value is accepted.
        functions: the functions that consume it, or may publish it.
    """

    direction: Direction
    topic: str
    event_type: str | None
    kind: type[Any]
    producers: tuple[str, ...]
    functions: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name of its files: unique within its direction."""
        if self.direction is Direction.OUTGOING:
            return str(self.event_type)
        return f"{self.topic}.{self.event_type}" if self.event_type else self.topic

    @property
    def version(self) -> str:
        """Return the version of its schema; consumers accept every minor version of its major one."""
        return str(self.kind.contract_version) if issubclass(self.kind, Contract) else EVENT_VERSION


def messages(topology: Topology | None = None) -> list[Message]:
    """Return every message, incoming ones first, in the order of topics and of names."""
    topology = topology or load()
    topics = list(topology.topics)
    found = [*_incoming(topology), *_outgoing(topology)]
    return sorted(found, key=lambda each: (each.direction, topics.index(each.topic), each.name))


def _incoming(topology: Topology) -> Iterator[Message]:
    for function in sorted({each.function for each in topology.subscriptions.values()}):
        for (topic, event_type), route in routes_of(function).items():
            if topic in topology.topics:
                yield Message(
                    direction=Direction.INCOMING,
                    topic=topic,
                    event_type=event_type,
                    kind=route.contract,
                    producers=tuple(topology.topics[topic].producers),
                    functions=(function,),
                )


def _outgoing(topology: Topology) -> Iterator[Message]:
    for kind in event_types():
        publishers = (name for name, each in topology.functions.items() if kind.topic in each.publishes)
        yield Message(
            direction=Direction.OUTGOING,
            topic=kind.topic,
            event_type=kind.type,
            kind=kind,
            producers=(EVENT_SOURCE,),
            functions=tuple(sorted(publishers)),
        )


@cache
def event_types() -> list[type[DomainEvent]]:
    """Return every type of event, found in all modules that may define one."""
    for package in (shared.domain, shared.contracts):
        _import_modules(package)
    return sorted(
        (each for each in _leaves(DomainEvent) if hasattr(each, "type")), key=lambda each: each.type
    )


def _import_modules(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def _leaves(kind: type[DomainEvent]) -> Iterator[type[DomainEvent]]:
    own = [each for each in kind.__subclasses__() if each.__module__.startswith("shared.")]
    for each in own:
        yield from _leaves(each)
    if not own:
        yield kind
