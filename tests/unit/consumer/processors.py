"""A processor and a push handler over fakes, with a clock, random numbers and pauses that tests control."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from shared.consumer.failure_handler import FailureHandler
from shared.consumer.idempotency import delivery_fingerprint
from shared.consumer.ports import Process
from shared.consumer.processor import Processor
from shared.consumer.push_handler import PushHandler
from shared.consumer.routes import Routes
from shared.contracts.envelope import Envelope, parse_push
from shared.errors import Outcome
from shared.settings import Subscription
from shared.telemetry.delivery import Delivery
from tests import messages
from tests.fakes.failures import MemoryDeliveryFailures
from tests.fakes.publisher import MemoryPublisher
from tests.fakes.store import MemoryStore

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROUTES: Routes = {(messages.TOPIC, None): messages.ORDER_CREATE}
POLICY = Subscription(topic=messages.TOPIC, dead_letter_topic="order-create-dlq")


@dataclass
class Bench:
    """A processor with its fakes.

    Attributes:
        pauses: the pauses before its tries, in seconds.
    """

    routes: Routes = field(default_factory=lambda: ROUTES)
    topics: Mapping[str, str] = field(default_factory=lambda: {messages.SUBSCRIPTION: messages.TOPIC})
    store: MemoryStore = field(default_factory=MemoryStore)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    pauses: list[float] = field(default_factory=list)
    shop_currency: str = "THB"
    catch_alls: AbstractSet[str] = frozenset()

    def __post_init__(self) -> None:
        self.processor = Processor(
            routes=self.routes,
            topics=self.topics,
            store=self.store,
            publisher=self.publisher,
            clock=lambda: NOW,
            random=Random(1),  # noqa: S311 - repeatable, and keeps no secret
            sleep=self._sleep,
            shop_currency=self.shop_currency,
            catch_alls=self.catch_alls,
        )

    async def process(self, data: Any, **delivery: Any) -> Outcome:
        """Process data; see `messages.push` for the options of the delivery."""
        return await self.processor.process(envelope(data, **delivery))

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclass
class HandlerBench:
    """A push handler with its fakes, around any process.

    Attributes:
        deliveries: the records of its deliveries.
    """

    process: Process
    policy: Subscription = POLICY
    failures: MemoryDeliveryFailures = field(default_factory=MemoryDeliveryFailures)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    deliveries: list[Delivery] = field(default_factory=list)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.subscriptions = {messages.SUBSCRIPTION: self.policy}
        self.failure_handler = FailureHandler(self.subscriptions, self.failures, self.publisher)

    async def answer(self, body: bytes) -> int:
        """Return the status a push is answered with."""
        handler = PushHandler(
            process=self.process,
            failure_handler=self.failure_handler,
            clock=lambda: self.now,
            record=self.deliveries.append,
        )
        return (await handler.handle(body)).status


def envelope(data: Any, **delivery: Any) -> Envelope:
    """Return data in an envelope."""
    return parse_push(messages.push(data, **delivery))


def failing(error: Exception) -> Process:
    """Return a process that always fails."""

    async def process(envelope: Envelope) -> Outcome:
        raise error

    return process


def fingerprint() -> str:
    """Return the fingerprint of the delivery under test."""
    delivered = envelope(messages.order())
    return delivery_fingerprint(
        delivered.subscription, delivered.publish_time, delivered.data, delivered.attributes
    )
