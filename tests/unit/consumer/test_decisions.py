"""What a delivery reads before it decides, what it commits, and the ids of the events that it publishes."""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from shared.consumer.idempotency import Change, Claim, claim_id, event_id
from shared.contracts.contract import Contract
from shared.contracts.field_types import Identifier
from shared.contracts.outgoing import OutgoingMessage
from shared.contracts.time_types import EventTime
from shared.domain.cancel_order import OrderLinesCancelled
from shared.domain.closing_events import OrderCancelled
from shared.domain.decision import DUPLICATE, Decision, State
from shared.domain.order import Order
from shared.domain.refs import Ref, order_ref
from shared.domain.stock import BEFORE_EVERY_COUNT, Stock
from shared.errors import Outcome
from tests.messages import PUBLISHED, TOPIC, order
from tests.unit.consumer.counter_contract import TOUCH, Touch
from tests.unit.consumer.processors import NOW, ROUTES, Bench

ORDER_ID = order()["orderId"]
ORDER_REF = order_ref(ORDER_ID)
STOCK = Stock(location_id="LOC-1", sku="A", on_hand=7, reserved=0, updated_at=BEFORE_EVERY_COUNT)
LEFT_BEHIND = OutgoingMessage(topic="order-events", ordering_key="CUST-1", attributes={}, data=b"{}")

Decide = Callable[[State, Any, datetime], Decision]


def bench_with(decide: Decide, **fields: Any) -> Bench:
    """Return a processor with a rule for touches, and other fields of their route."""
    return Bench(routes={**ROUTES, (TOPIC, "TOUCH"): dataclasses.replace(TOUCH, decide=decide, **fields)})


async def touched(bench: Bench, touch: str = "T-1") -> Outcome:
    """Process a touch of the order."""
    data = {"orderId": ORDER_ID, "touchId": touch}
    return await bench.process(data, attributes={"eventType": "TOUCH"}, message_id=touch)


def former_claim(fingerprint: str | None = None) -> Claim:
    """Claim the touch T-1 as an earlier release did, without publishing its event."""
    data = Touch.parse(b'{"orderId": "%s", "touchId": "T-1"}' % ORDER_ID.encode(), {})
    return Claim(
        scope="touch",
        key="former:T-1",
        fingerprint=fingerprint or data.fingerprint(),
        message_id="1",
        outbox=(LEFT_BEHIND,),
        processed_at=NOW,
    )


def former_bench(*claims: Claim) -> Bench:
    """Return a processor with claims of an earlier release; its orders have every touch already."""
    bench = bench_with(
        lambda _state, _command, _now: DUPLICATE,
        former_keys=lambda command, _: ("older", f"former:{command.touch_id}"),
    )
    bench.store.claims |= {each.id: each for each in claims}
    return bench


async def test_a_duplicate_publishes_what_an_earlier_release_left_behind() -> None:
    """The order has the change under another key: its events may not be published yet."""
    bench = former_bench(former_claim())

    assert await touched(bench) is Outcome.DUPLICATE
    assert bench.publisher.messages == [LEFT_BEHIND]
    assert bench.store.claims[former_claim().id].published_at is not None


async def test_the_former_claim_of_other_content_is_left_alone() -> None:
    """Its events belong to another message."""
    bench = former_bench(former_claim("0" * 32))

    assert await touched(bench) is Outcome.DUPLICATE
    assert bench.publisher.messages == []


async def test_a_duplicate_without_a_former_claim_publishes_nothing() -> None:
    """That claim has expired, too."""
    bench = former_bench()

    assert await touched(bench) is Outcome.DUPLICATE
    assert (bench.publisher.messages, bench.store.claims) == ([], {})


async def counted(bench: Bench) -> Bench:
    """Store the stock."""
    claim = dataclasses.replace(former_claim(), key="count")
    await bench.store.commit(claim, [Change(entity=STOCK, version=None)])
    return bench


async def test_a_rule_reads_further_by_what_it_has_read() -> None:
    """Each entity is read once; the decision and its commit know all of them, with their versions."""
    asked: list[State] = []

    def further_refs(state: State, command: Touch) -> tuple[Ref, ...]:
        assert command.touch_id == "T-1"
        asked.append(state)
        return (ORDER_REF, STOCK.ref) if ORDER_REF in state else ()

    def take_one(state: State, _command: Touch, _now: datetime) -> Decision:
        found, stock = state[ORDER_REF], state[STOCK.ref]
        assert isinstance(found, Order)
        assert isinstance(stock, Stock)
        return Decision(
            changes=(replace(found, version=found.version + 1), replace(stock, on_hand=stock.on_hand - 1))
        )

    bench = await counted(bench_with(take_one, further_refs=further_refs))
    await bench.process(order())

    assert await touched(bench) is Outcome.PROCESSED
    assert bench.store.entities[STOCK.ref] == replace(STOCK, on_hand=6)
    assert [set(state) for state in asked] == [{ORDER_REF}, {ORDER_REF, STOCK.ref}]

    assert await touched(bench) is Outcome.DUPLICATE
    assert len(asked) == 2


def ending(state: State, _command: Touch, _now: datetime) -> Decision:
    """Close a line of the order and end it."""
    found = state[ORDER_REF]
    assert isinstance(found, Order)
    common: dict[str, Any] = {"ordering_key": "CUST-1", "order_id": ORDER_ID, "occurred_at": NOW}
    stated: dict[str, Any] = {"reason": "", "requested_by": "", "cancelled_at": NOW}
    closed = OrderLinesCancelled(**common, **stated, line_numbers=(1,), items=(), items_omitted=False)
    ended = OrderCancelled(**common, cancelled_at=NOW, reason=None, requested_by=None)
    return Decision(changes=(replace(found, version=found.version + 1),), events=(closed, ended))


async def test_the_end_of_an_order_has_one_event_id_whatever_message_causes_it() -> None:
    """Every other event has an id of its claim, its type and its position; consumers know them all by now."""
    bench = bench_with(ending)
    await bench.process(order())
    del bench.publisher.messages[:]

    await touched(bench, "T-1")
    await touched(bench, "T-2")

    ids: dict[str, list[str]] = {OrderLinesCancelled.type: [], OrderCancelled.type: []}
    for each in bench.publisher.messages:
        if each.attributes["eventType"] in ids:
            ids[each.attributes["eventType"]].append(each.attributes["eventId"])
    assert ids == {
        OrderLinesCancelled.type: [
            event_id(claim_id("touch", touch), OrderLinesCancelled.type, 0) for touch in ("T-1", "T-2")
        ],
        OrderCancelled.type: [event_id(claim_id("order", ORDER_ID), OrderCancelled.type, 0)] * 2,
    }


async def test_what_a_decision_removes_is_removed_with_its_claim() -> None:
    """The rule knows the time of processing, which the claim has, too."""
    times: list[datetime] = []

    def remove(_state: State, _command: Touch, now: datetime) -> Decision:
        times.append(now)
        return Decision(removed=(STOCK.ref,))

    bench = await counted(bench_with(remove))

    assert await touched(bench) is Outcome.PROCESSED
    assert STOCK.ref not in bench.store.entities
    assert (times, bench.store.claims[claim_id("touch", "T-1")].processed_at) == ([NOW], NOW)


async def test_a_message_that_is_only_noted_is_stale() -> None:
    """The order has it in its history, so it is committed; the outcome says that it changed nothing."""
    bench = bench_with(lambda state, _command, _now: Decision(changes=(state[ORDER_REF],), superseded=True))  # type: ignore[arg-type]  # an order
    await bench.process(order())

    assert await touched(bench) is Outcome.STALE
    assert claim_id("touch", "T-1") in bench.store.claims


class Timed(Contract):
    """A message with the time of its event."""

    attribute_fields: ClassVar[frozenset[str]] = frozenset({"timestamp"})

    touch_id: Identifier
    timestamp: EventTime

    def to_command(self) -> "Timed":
        return self


@pytest.mark.parametrize(
    ("attributes", "at"),
    [
        ({"timestamp": "2024-01-10T15:00:00+07:00"}, "2024-01-10T08:00:00Z"),
        ({"timestamp": "2024-01-10T15:00:00"}, "2024-01-10T15:00:00Z"),
        ({}, PUBLISHED),
    ],
    ids=["with an offset", "in the time zone of the settings", "when it was published"],
)
async def test_an_event_has_the_time_of_its_attribute(attributes: dict[str, str], at: str) -> None:
    """Without one it happened when it was published."""
    times: list[datetime] = []

    def note(_state: State, command: Timed, _now: datetime) -> Decision:
        times.append(command.timestamp)
        return DUPLICATE

    bench = bench_with(note, contract=Timed, refs=lambda _command: ())

    await bench.process({"touchId": "T-1"}, attributes={"eventType": "TOUCH", **attributes})

    assert times == [datetime.fromisoformat(at)]
