"""Whatever is delivered, in any order, however often, whatever fails at any step: one effect per cause."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.consumer.idempotency import Change, Claim, Snapshot, claim_id
from shared.consumer.routes import Route, on_order, order_refs
from shared.contracts.outgoing import OutgoingMessage
from shared.contracts.payment import PaymentAuthorization
from shared.domain.authorize_payment import authorize_payment
from shared.domain.order import Order
from shared.domain.refs import Ref, order_ref
from shared.errors import MessageError, Outcome, PublishUnavailable, StoreUnavailable
from tests import messages
from tests.fakes.publisher import MemoryPublisher
from tests.fakes.store import MemoryStore
from tests.unit.consumer.processors import Bench

if TYPE_CHECKING:
    from shared.consumer.routes import Routes

AUTHORIZED = Route(
    scope="payment_authorized",
    contract=PaymentAuthorization,
    key=lambda command: command.authorization_id,
    refs=order_refs,
    decide=on_order(authorize_payment),
)
ROUTES: "Routes" = {
    (messages.TOPIC, None): messages.ORDER_CREATE,
    ("payment-authorized", None): AUTHORIZED,
}
ORDERS = ("QC-1", "QC-2")
FAULTS = ("none", "load", "commit refused", "commit answer lost", "publish refused", "publish answer lost")


@dataclass(frozen=True)
class Message:
    """One content under one business key."""

    topic: str
    order_id: str
    number: int
    amount: int

    @property
    def claim(self) -> str:
        """Name the claim of its key."""
        if self.topic == messages.TOPIC:
            return claim_id("order_create", self.order_id)
        return claim_id("payment_authorized", f"AUTH-{self.order_id}-{self.number}")

    def data(self) -> dict[str, Any]:
        """Write it as its producer would."""
        if self.topic == messages.TOPIC:
            line = messages.line(1, quantity=1, price=float(self.amount))
            return messages.order_of([line], self.order_id)
        return {
            "orderId": self.order_id,
            "paymentId": "PAY-1",
            "authorizationId": f"AUTH-{self.order_id}-{self.number}",
            "amount": self.amount,
            "currency": "THB",
            "authorizedAt": "2024-01-10T10:05:00Z",
            "expiresAt": "2024-01-17T10:05:00Z",
        }


MESSAGES = st.builds(
    Message,
    topic=st.sampled_from([messages.TOPIC, "payment-authorized"]),
    order_id=st.sampled_from(ORDERS),
    number=st.integers(1, 2),
    amount=st.integers(1, 2),
)


class FailingStore(MemoryStore):
    """Fail at the step that is asked for, before or after its effect."""

    fault = "none"

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        if self.fault == "load":
            raise StoreUnavailable("on demand")
        return await super().load(claim, refs)

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        if self.fault == "commit refused":
            raise StoreUnavailable("on demand")
        await super().commit(claim, changes, removed)
        if self.fault == "commit answer lost":
            raise StoreUnavailable("on demand")

    def lose_mark(self, claim: str) -> None:
        """Lose the mark that a claim's events are out, as a crash does."""
        self.claims[claim] = replace(self.claims[claim], published_at=None)


class FailingPublisher(MemoryPublisher):
    """Fail before or after the messages are out."""

    fault = "none"

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        if self.fault == "publish refused":
            raise PublishUnavailable("on demand")
        await super().publish(messages)
        if self.fault == "publish answer lost":
            raise PublishUnavailable("on demand")


class AtLeastOnce(RuleBasedStateMachine):
    """Deliver messages as at-least-once delivery does, over parts that fail."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.publisher = FailingStore(), FailingPublisher()
        topics = {topic: topic for topic, _ in ROUTES}
        self.bench = Bench(routes=ROUTES, topics=topics, store=self.store, publisher=self.publisher)
        self.seen: set[Message] = set()
        self.acknowledged: set[Message] = set()

    @rule(message=MESSAGES, fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def deliver(self, message: Message, fault: str, times: int) -> None:
        """Deliver one message, several times at once, while one step fails."""
        self.store.fault = self.publisher.fault = fault
        outcomes = self._delivered([message] * times)
        self.store.fault = self.publisher.fault = "none"
        if any(isinstance(each, Outcome) for each in outcomes):
            self.acknowledged.add(message)

    @precondition(lambda self: self.store.claims)
    @rule(data=st.data())
    def crash_before_the_mark(self, data: st.DataObject) -> None:
        """Lose the mark of a claim with a published outbox."""
        self.store.lose_mark(data.draw(st.sampled_from(sorted(self.store.claims))))

    @invariant()
    def each_claim_is_one_effect(self) -> None:
        """Hold exactly the authorisations that have a claim, in orders that have theirs."""
        for order_id in ORDERS:
            order = self.store.entities.get(order_ref(order_id))
            assert (order is not None) == (claim_id("order_create", order_id) in self.store.claims)
            stored = order.payment.authorizations if isinstance(order, Order) else ()
            claimed = {each.key for each in self.store.claims.values() if each.scope == "payment_authorized"}
            ids = [each.authorization_id for each in stored]
            assert sorted(ids) == sorted(key for key in claimed if key.startswith(f"AUTH-{order_id}"))

    @invariant()
    def each_event_has_one_content(self) -> None:
        """Every publication of an event id has the same content."""
        contents = defaultdict(set)
        for each in self.publisher.messages:
            contents[each.attributes["eventId"]].add((each.topic, each.ordering_key, each.data))
        assert all(len(each) == 1 for each in contents.values())

    @invariant()
    def what_is_acknowledged_is_done(self) -> None:
        """Keep the claim of every acknowledged message, and its events published."""
        published = set(self.publisher.event_ids)
        for message in self.acknowledged:
            claim = self.store.claims[message.claim]
            assert {each.attributes["eventId"] for each in claim.outbox} <= published

    @invariant()
    def other_content_is_never_acknowledged(self) -> None:
        """Of all contents under one key, one at most was acknowledged."""
        amounts = defaultdict(set)
        for message in self.acknowledged:
            amounts[message.claim].add(message.amount)
        assert all(len(each) == 1 for each in amounts.values())

    def teardown(self) -> None:
        """Once nothing fails any more, a redelivery is acknowledged, or refused for its other content."""
        for message in self.acknowledged:
            (outcome,) = self._delivered([message])
            assert outcome is Outcome.DUPLICATE

    def _delivered(self, each: Sequence[Message]) -> list[Outcome | MessageError]:
        async def deliver(message: Message) -> Outcome | MessageError:
            try:
                return await self.bench.process(message.data(), subscription=message.topic, attributes={})
            except MessageError as error:
                return error

        async def all_at_once() -> list[Outcome | MessageError]:
            return await asyncio.gather(*map(deliver, each))

        return asyncio.run(all_at_once())


AtLeastOnce.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_at_least_once_delivery_has_one_effect = AtLeastOnce.TestCase
