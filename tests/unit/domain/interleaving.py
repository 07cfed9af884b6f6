"""One order's messages, delivered in any order, more than once, through every consumer's own routes."""

import json
import runpy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from shared.consumer.routes import Routes
from shared.contracts.envelope import Envelope
from shared.digest import digest
from shared.domain.decision import Entity
from shared.domain.refs import Ref
from shared.errors import Deferred, Transient
from tests.lab.stack.paths import ROOT
from tests.unit.consumer.processors import Bench, envelope

CONSUMERS = (
    "order_create",
    "order_cancel",
    "order_release",
    "ship",
    "short",
    "substitution",
    "payment",
    "inventory",
)
PUBLISHED = "2026-01-02T03:00:00Z"
"""After everything the messages say, whichever is published first."""

CONSUMED = "reservation-events"
"""The one topic that functions both publish to and consume."""


@dataclass(frozen=True)
class Message:
    """One message on its topic; without an event type where its topic has one kind of message."""

    topic: str
    data: bytes
    event_type: str | None = None
    timestamp: str | None = None

    @classmethod
    def of(
        cls, topic: str, data: dict[str, Any], event_type: str | None = None, timestamp: str | None = None
    ) -> "Message":
        """Write a payload as JSON."""
        return cls(topic, json.dumps(data).encode(), event_type, timestamp)

    @property
    def attributes(self) -> dict[str, str]:
        """Return the attributes the producer sets."""
        named = {"eventType": self.event_type, "timestamp": self.timestamp}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Choice:
    """What chance does at one moment.

    Attributes:
        which: which of the waiting messages is delivered.
        again: it is delivered once more later, though it was acknowledged.
        crash: the function ends between its commit and its publishing.
    """

    which: int
    again: bool
    crash: bool


@dataclass
class Delivery:
    """Every consumer behind one processor, and the messages that wait for it.

    Attributes:
        waiting_since: when the messages were first deferred.
    """

    routes: Routes
    waiting: list[Message]
    waiting_since: datetime | None = None
    bench: Bench = field(init=False)
    _followed: int = 0

    def __post_init__(self) -> None:
        topics = {topic: topic for topic, _ in self.routes}
        self.bench = Bench(routes=self.routes, topics=topics)

    async def run(self, choices: Iterable[Choice] = ()) -> None:
        """Deliver in a random order, then the rest in turn until nothing is deferred.

        Raises AssertionError where deferred messages wait for nothing, Rejected as it comes.
        """
        await self.deliver_some(choices)
        while self.waiting:
            before = len(self.waiting)
            refused = [message for message in self._taken() if not await self._acknowledged(message)]
            self.waiting += refused
            assert len(refused) < before, [message.topic for message in refused]

    async def deliver_some(self, choices: Iterable[Choice]) -> None:
        """Deliver one message by each choice."""
        for choice in choices:
            if self.waiting:
                await self._chance(choice)

    async def _chance(self, choice: Choice) -> None:
        message = self.waiting.pop(choice.which % len(self.waiting))
        self.bench.publisher.fail(times=int(choice.crash))
        acknowledged = await self._acknowledged(message)
        self.bench.publisher.fail(times=0)
        if choice.again or not acknowledged:
            self.waiting.append(message)

    def _taken(self) -> list[Message]:
        taken, self.waiting = self.waiting, []
        return taken

    async def _acknowledged(self, message: Message) -> bool:
        try:
            await self.bench.processor.process(replace(_envelope(message), waiting_since=self.waiting_since))
        except (Deferred, Transient):
            return False
        finally:
            self.waiting += self._follow_up()
        return True

    def _follow_up(self) -> Iterator[Message]:
        """Take up what the functions published to a topic they consume."""
        published = self.bench.publisher.messages[self._followed :]
        self._followed += len(published)
        return (
            Message(each.topic, each.data, each.attributes["eventType"])
            for each in published
            if each.topic == CONSUMED
        )

    @property
    def entities(self) -> dict[Ref, Entity]:
        """Return everything that is stored."""
        return dict(self.bench.store.entities)

    @property
    def events(self) -> dict[str, tuple[str, str, str, Any]]:
        """Return topic, type, ordering key and payload of every event, by its id."""
        published = self.bench.publisher.messages
        return {
            each.attributes["eventId"]: (
                each.topic,
                each.attributes["eventType"],
                each.ordering_key,
                _payload(each.data),
            )
            for each in published
        }


# The same messages and events occur in most examples.


@lru_cache(maxsize=1_000)
def _envelope(message: Message) -> Envelope:
    return envelope(
        message.data,
        subscription=message.topic,
        attributes=message.attributes,
        message_id=digest(message.data, message.timestamp or ""),
        published=PUBLISHED,
    )


@lru_cache(maxsize=10_000)
def _payload(data: bytes) -> Any:
    return json.loads(data)


def consumer_routes() -> Routes:
    """Load every function from its folder and collect the routes; needs a function's environment."""
    routes: dict[Any, Any] = {}
    for name in CONSUMERS:
        routes |= runpy.run_path(str(ROOT / "functions" / name / "main.py"))["ROUTES"]
    return routes
