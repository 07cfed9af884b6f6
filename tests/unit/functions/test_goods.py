"""Keys, duplicates and deferral of what warehouse and storefront send about an order's goods."""

from typing import Any

import pytest

from shared.domain.violations import SkuTooEarly
from shared.errors import Conflict, Outcome
from tests.lab.stack.demo import messages as write
from tests.unit.consumer.processors import Bench
from tests.unit.functions.function_routes import routes_of
from tests.unit.functions.goods import FUNCTIONS, ORDER, ORDER_ID, TOPICS, deliver, order_in


@pytest.fixture
async def bench() -> Bench:
    """Return a processor of the functions, with an order of 3 units and a piece of meat."""
    topics = {topic: topic for topic in (*TOPICS, "payment-authorized")}
    bench = Bench(routes=routes_of(*FUNCTIONS), topics=topics)
    assert await deliver(bench, "order-create", ORDER) is Outcome.PROCESSED
    return bench


def shortage(*lines: tuple[int, int, int], reason: str = "Shelf is empty") -> dict[str, Any]:
    """Short lines (number, ordered, available)."""
    skus = {1: "SKU-001", 2: "MEAT-001"}
    items = [
        write.shortage(ORDER_ID, line, skus[line], ordered, available)["items"][0] | {"reason": reason}
        for line, ordered, available in lines
    ]
    return write.shortage(ORDER_ID, 1, "SKU-001", 3, 2) | {"items": items}


async def test_a_reworded_and_reordered_shortage_is_a_duplicate(bench: Bench) -> None:
    """A unit of each of two lines is short. The same items in another order or other words add none."""
    first, turned = shortage((1, 3, 2), (2, 1, 0)), shortage((2, 1, 0), (1, 3, 2))
    reworded = shortage((1, 3, 2), (2, 1, 0), reason="shelf is empty!")

    outcomes = [await deliver(bench, "short-events", each) for each in (first, turned, reworded)]

    assert outcomes == [Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert [line.shorted for line in order_in(bench).line_items] == [1, 1]


async def test_a_later_snapshot_counts_what_it_adds(bench: Bench) -> None:
    """Of 3 units 2, then 1 are there: two are short in all. The first count again changes nothing."""
    assert await deliver(bench, "short-events", shortage((1, 3, 2)), "13:00") is Outcome.PROCESSED
    assert await deliver(bench, "short-events", shortage((1, 3, 1)), "13:10") is Outcome.PROCESSED
    assert await deliver(bench, "short-events", shortage((1, 3, 2)), "13:00") is Outcome.DUPLICATE
    assert await deliver(bench, "short-events", shortage((1, 3, 2)), "13:20") is Outcome.STALE

    assert order_in(bench).line_items[0].shorted == 2
    parcel = write.parcel(ORDER_ID, "SHIP-1", (1, "SKU-001", 1), at="2024-01-10T15:00:00Z")
    assert await deliver(bench, "ship-events", parcel) is Outcome.PROCESSED


async def test_a_stale_message_is_claimed(bench: Bench) -> None:
    """It is in the history; its redelivery is a duplicate."""
    assert await deliver(bench, "short-events", shortage((1, 3, 1)), "13:10") is Outcome.PROCESSED
    published = len(bench.publisher.messages)

    assert await deliver(bench, "short-events", shortage((1, 3, 2)), "13:20") is Outcome.STALE
    assert await deliver(bench, "short-events", shortage((1, 3, 2)), "13:20") is Outcome.DUPLICATE

    assert len(bench.publisher.messages) == published
    assert [each.event for each in order_in(bench).history].count("order.shorted") == 2


async def test_the_same_weight_at_another_time_is_another_message(bench: Bench) -> None:
    """115, 110, 115: the third one holds; each of them again is a duplicate."""
    weights = [(15, "13:00"), (10, "13:05"), (15, "13:09")]
    messages = [
        (write.weight_adjustment(ORDER_ID, 2, "MEAT-001", 100.00, percent), at) for percent, at in weights
    ]

    outcomes = [await deliver(bench, "order-update", *each) for each in messages * 2]

    assert outcomes == [Outcome.PROCESSED] * 3 + [Outcome.DUPLICATE] * 3
    assert order_in(bench).line_items[1].amount_minor == 11500


async def test_a_parcel_waits_for_the_replacement_that_brings_its_sku(bench: Bench) -> None:
    """It overtook the replacement: deferred, and shipped after it."""
    parcel = write.parcel(ORDER_ID, "SHIP-1", (2, "MEAT-002", 1), at="2024-01-10T15:00:00Z")
    replacement = write.weight_adjustment(ORDER_ID, 2, "MEAT-001", 100.00, 10) | {
        "substitutionType": "ITEM_REPLACEMENT"
    }
    replacement["substituteItem"] = replacement["substituteItem"] | {"sku": "MEAT-002"}

    with pytest.raises(SkuTooEarly):
        await deliver(bench, "ship-events", parcel)

    assert await deliver(bench, "order-update", replacement, "14:00") is Outcome.PROCESSED
    assert await deliver(bench, "ship-events", parcel) is Outcome.PROCESSED


async def test_parcels_of_one_shipment_are_two(bench: Bench) -> None:
    """One shipmentId, two tracking numbers; each again with its items turned is a duplicate."""
    items = ((1, "SKU-001", 1), (2, "MEAT-001", 1))
    first = write.parcel(ORDER_ID, "SHIP-1", *items, at="2024-01-10T15:00:00Z")
    second = write.parcel(ORDER_ID, "SHIP-1", (1, "SKU-001", 2), at="2024-01-10T15:00:00Z")
    second |= {"trackingNumber": "TH-2"}
    turned = first | {"items": first["items"][::-1]}

    outcomes = [await deliver(bench, "ship-events", each) for each in (first, second, turned, second)]

    assert outcomes == [Outcome.PROCESSED, Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert [line.shipped for line in order_in(bench).line_items] == [3, 1]
    with pytest.raises(Conflict):
        await deliver(bench, "ship-events", first | {"carrier": "FLASH"})


@pytest.mark.parametrize(
    ("topic", "data", "again"),
    [
        (
            "order-cancel",
            write.cancellation(ORDER_ID),
            {
                "reason": "changed his mind",
                "requestedBy": "CALL-CENTRE",
                "cancelledAt": "2024-01-10T12:30:00Z",
            },
        ),
        (
            "order-cancel",
            write.cancellation(ORDER_ID) | {"lineNumbers": [1, 2]},
            {"reason": "changed his mind", "lineNumbers": [2, 1]},
        ),
        (
            "order-release",
            write.release(ORDER_ID),
            {"releasedBy": "CALL-CENTRE", "releasedAt": "2024-01-10T11:30:00Z"},
        ),
    ],
    ids=["cancellation", "cancellation of lines", "release"],
)
async def test_a_request_in_other_words_is_a_duplicate(
    bench: Bench, topic: str, data: dict[str, Any], again: dict[str, Any]
) -> None:
    """Lines and order are what is requested; reason, person and time are not."""
    authorised = write.authorisation(ORDER_ID, ORDER["totals"]["total"])
    await deliver(bench, "payment-authorized", authorised | {"expiresAt": "2026-02-01T00:00:00Z"})

    assert await deliver(bench, topic, data) is Outcome.PROCESSED
    assert await deliver(bench, topic, data | again) is Outcome.DUPLICATE
