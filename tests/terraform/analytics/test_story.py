"""The views on the events of the demo's story say what is stored of its orders."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from shared.contracts.dead_letter import DeadLetter, FailureReason
from shared.domain.order import ENDED_STATUSES, Order, OrderStatus
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.producer_notices import failure_notice
from tests.lab.contracts.examples import play, sent
from tests.lab.stack.demo import story
from tests.lab.stack.demo.step import Scene
from tests.terraform.analytics.arrivals import Arrangement, arriving
from tests.terraform.analytics.warehouse import Warehouse
from tests.unit.consumer.processors import Bench

NOW = datetime(2024, 1, 11, 15, 45, tzinfo=UTC)
"""A day and a quarter of an hour after the last parcel of the story."""

Story = tuple[Scene, ...]
CREATED: Story = (story.STOCK, *story.CREATION)
SHIPPED: Story = (*CREATED, *story.FULFILMENT[:6])
CAPTURED: Story = (*CREATED, *story.FULFILMENT[:7])
WHOLE: Story = (*CREATED, *story.FULFILMENT)
MOMENTS = pytest.mark.parametrize(
    "scenes",
    [
        pytest.param(CREATED, id="created"),
        pytest.param(SHIPPED, id="shipped"),
        pytest.param(CAPTURED, id="captured"),
        pytest.param(WHOLE, id="whole"),
    ],
)


@cache
def _played(number: int) -> Bench:
    """Play the first scenes, once for all tests: no test changes what is stored."""
    return asyncio.run(play(sent(*WHOLE[:number])))


def played(scenes: Story) -> Bench:
    """Return what is stored and published after some scenes."""
    return _played(len(scenes))


def warehouse(payloads: Iterable[bytes]) -> Warehouse:
    """Return a warehouse with some events."""
    filled = Warehouse(NOW)
    filled.write(payloads)
    return filled


def payloads(bench: Bench) -> list[bytes]:
    """Return what was published on `order-events`."""
    return [each.data for each in bench.publisher.messages if each.topic == "order-events"]


def stored_orders(bench: Bench) -> list[Order]:
    """Return every order that is stored."""
    return [each for each in bench.store.entities.values() if isinstance(each, Order)]


def answers(*views: str, scenes: Story) -> list[list[dict[str, Any]]]:
    """Return the rows of some views after some scenes."""
    filled = warehouse(payloads(played(scenes)))
    return [filled.ask(view) for view in views]


def test_after_the_creation_one_order_waits() -> None:
    """The scarce order got 6 of its 40 units: two orders took 4 of the 10 in stock."""
    opened, backorders = answers("open_orders", "backorders", scenes=CREATED)

    assert [(each["status"], each["age"], each["orders"]) for each in opened] == [
        ("ALLOCATED", "1 to 3 days", 4),
        ("BACKORDERED", "1 to 3 days", 1),
    ]
    assert [(each["locationId"], each["sku"], each["orders"], each["units"]) for each in backorders] == [
        ("LOC-BKK-001", "SKU-002", 1, 34)
    ]


def test_after_the_last_parcel_the_capture_is_missing() -> None:
    """The order costs 1 of 3 units less, and the heavier meat more; its tax follows."""
    uncaptured, refunds = answers("shipped_not_captured", "refunds_due", scenes=SHIPPED)

    assert [(each["orderId"], each["toCaptureMinor"], each["hoursSinceShipped"]) for each in uncaptured] == [
        (story.WHOLE, 156_403, 24)
    ]
    assert refunds == []


def test_after_the_capture_a_refund_is_due() -> None:
    """The payment service captured what the order cost at first."""
    uncaptured, refunds = answers("shipped_not_captured", "refunds_due", scenes=CAPTURED)

    assert uncaptured == []
    assert [(each["orderId"], each["toRefundMinor"], each["currency"]) for each in refunds] == [
        (story.WHOLE, 3_745, "THB")
    ]


def test_in_the_end_nothing_is_due() -> None:
    """The refund was made, the new stock went to the order that waited, and two of seven lines were hit."""
    opened, backorders, uncaptured, refunds, rates = answers(
        *("open_orders", "backorders", "shipped_not_captured", "refunds_due", "line_rates"), scenes=WHOLE
    )

    assert [(each["status"], each["orders"]) for each in opened] == [("ALLOCATED", 3)]
    assert backorders == uncaptured == refunds == []
    (rate,) = rates
    assert (rate["orderedLines"], rate["substitutedLines"], rate["shortedLines"]) == (7, 1, 1)
    assert rate["substitutionRate"] == rate["shortageRate"] == pytest.approx(1 / 7)


@MOMENTS
@arriving
def test_views_agree_with_the_stored_orders(scenes: Story, arrive: Arrangement) -> None:
    """Status and position that the views take from events are those that the functions stored."""
    bench = played(scenes)
    filled = warehouse(arrive(payloads(bench)))
    orders = stored_orders(bench)
    positions = {each.order_id: each.position for each in orders if each.position}

    assert {each["status"]: each["orders"] for each in filled.ask("open_orders")} == Counter(
        each.status for each in orders if each.status not in ENDED_STATUSES
    )
    assert {each["orderId"]: each["toRefundMinor"] for each in filled.ask("refunds_due")} == {
        name: each.to_refund_minor for name, each in positions.items() if each.to_refund_minor
    }
    shipped = {each.order_id for each in orders if each.status is OrderStatus.SHIPPED}
    assert {each["orderId"]: each["toCaptureMinor"] for each in filled.ask("shipped_not_captured")} == {
        name: positions[name].to_capture_minor for name in shipped if positions[name].to_capture_minor
    }


def failures() -> Iterator[bytes]:
    """Yield the notices for the story's failed messages, as the function `dlq` publishes them."""
    for number, step in enumerate(story.FAILURES):
        at = NOW + timedelta(minutes=number)
        dead_letter = DeadLetter(
            topic=step.topic,
            subscription=f"{step.topic}-sub",
            publish_time=at,
            attributes=step.attributes,
            ordering_key=step.ordering_key,
            data=step.payload,
            delivery_attempts=len(step.outcomes),
            failure_reason=None,
        )
        reason = FailureReason(error_type=step.outcomes[-1], slug=str(step.failure))
        stored = StoredDeadLetter(
            fingerprint=f"{number:032}",
            dead_letter=dead_letter,
            failure_reason=reason,
            attempts=len(step.outcomes),
            received_at=at,
            dead_lettered_at=at,
        )
        yield failure_notice(stored).data


@arriving
def test_failed_messages_of_the_story(arrive: Arrangement) -> None:
    """Six messages fail: those of the warehouse name their producer, the others name none."""
    rows = warehouse(arrive([*failures()])).ask("failed_messages")

    assert [
        (each["source"], each["originalTopic"], each["messages"], each["openMessages"]) for each in rows
    ] == [
        ("SLICK", "order-update", 1, 1),
        ("SLICK", "ship-events", 1, 1),
        (None, "order-create", 4, 4),
    ]
