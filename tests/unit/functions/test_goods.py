"""Keys, duplicates and deferral of what warehouse and storefront send about an order's goods."""

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from shared.consumer.idempotency import Change, Claim
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.domain.violations import SkuTooEarly
from shared.errors import Conflict, Outcome
from tests.examples import FOLDER
from tests.lab.stack.demo import messages as write
from tests.unit.consumer.processors import NOW, Bench
from tests.unit.functions.function_routes import routes_of

ORDER_ID = "QC-2024-01-10-000001"
TOPICS = ("order-create", "order-cancel", "order-release", "order-update", "ship-events", "short-events")
FUNCTIONS = ("order_create", "order_cancel", "order_release", "substitution", "ship", "short", "payment")
ORDER = write.order(
    ORDER_ID,
    write.line(1, "SKU-001", 3, 599.99),
    write.line(2, "MEAT-001", 1, 100.00),
    customer="CUST-123456",
    force=True,
)
PUBLISHED = "2026-01-01T00:00:00Z"
STORED = json.loads((FOLDER / "stored" / "goods_claims.json").read_text(encoding="utf-8"))
"""Messages with the keys, fingerprints and orders that the first release made of them."""

WITH_OWN_KEYS = {"ship", "short", "substitution"}
"""Scopes with keys that the first release built otherwise."""


@pytest.fixture
async def bench() -> Bench:
    """Return a processor of the functions, with an order of 3 units and a piece of meat."""
    topics = {topic: topic for topic in (*TOPICS, "payment-authorized")}
    bench = Bench(routes=routes_of(*FUNCTIONS), topics=topics)
    assert await deliver(bench, "order-create", ORDER) is Outcome.PROCESSED
    return bench


async def deliver(bench: Bench, topic: str, data: Any, at: str | None = None, **attributes: str) -> Outcome:
    """Deliver a payload; `at` is its timestamp."""
    stamped = {"timestamp": f"2024-01-10T{at}:00Z"} if at else {}
    kind = {"eventType": "SUBSTITUTION_REQUEST"} if topic == "order-update" else {}
    return await bench.process(
        data, subscription=topic, attributes=kind | stamped | attributes, published=PUBLISHED
    )


def order_in(bench: Bench) -> Order:
    """Return the order as it is stored."""
    order = bench.store.entities[order_ref(ORDER_ID)]
    assert isinstance(order, Order)
    return order


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
    """It is in the timeline; its redelivery is a duplicate."""
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


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored["scope"])
async def test_a_claim_of_the_first_release_is_recognised(stored: dict[str, Any]) -> None:
    """A redelivery changes nothing, and publishes what the first release committed and did not publish."""
    bench = Bench(routes=routes_of(*FUNCTIONS), topics={topic: topic for topic in TOPICS})
    await _store(bench, stored)
    order = order_in(bench)

    outcome = await bench.process(
        stored["data"],
        subscription=stored["topic"],
        attributes=stored["attributes"],
        published=PUBLISHED,
    )

    assert outcome is Outcome.DUPLICATE
    assert order_in(bench) == order
    assert [each.data for each in bench.publisher.messages] == [b"unpublished"]


@pytest.mark.parametrize(
    "stored", [each for each in STORED if each["scope"] in WITH_OWN_KEYS], ids=lambda stored: stored["scope"]
)
async def test_a_message_of_the_first_release_published_again_changes_no_quantity(
    stored: dict[str, Any],
) -> None:
    """Its producer sends it later, in other words: nothing is shipped, short or priced a second time."""
    bench = Bench(routes=routes_of(*FUNCTIONS), topics={topic: topic for topic in TOPICS})
    await _store(bench, stored)
    order = order_in(bench)
    items = stored["data"].get("items", [])[::-1]
    data = stored["data"] | ({"items": [each | {"reason": "Again"} for each in items]} if items else {})
    later = {name: value for name, value in stored["attributes"].items() if name != "timestamp"}

    outcome = await bench.process(
        data,
        subscription=stored["topic"],
        attributes=later | {"timestamp": "2024-01-10T14:00:00Z"},
        published=PUBLISHED,
    )

    assert outcome in {Outcome.DUPLICATE, Outcome.STALE}
    again = order_in(bench)
    assert [(line.shipped, line.shorted, line.payable_minor) for line in again.line_items] == [
        (line.shipped, line.shorted, line.payable_minor) for line in order.line_items
    ]
    assert not [each for each in bench.publisher.messages if each.topic == "reservation-events"]


async def _store(bench: Bench, stored: dict[str, Any]) -> None:
    """Store the order and the claim as the first release left them, its event not published yet."""
    if stored["order"] is None:
        await deliver(bench, "order-create", ORDER)
    else:
        read = msgspec.convert(stored["order"], Order)
        order = replace(read, line_items=tuple(read.line_items))  # as the store reads them
        claim = _claim("order_create", ORDER_ID, "")
        await bench.store.commit(claim, [Change(entity=order, version=None)])
    await bench.store.commit(_claim(stored["scope"], stored["key"], stored["fingerprint"]), [])
    bench.publisher.messages.clear()


def _claim(scope: str, key: str, fingerprint: str) -> Claim:
    event = OutgoingMessage(topic="order-events", ordering_key="", attributes={}, data=b"unpublished")
    return Claim(
        scope=scope, key=key, fingerprint=fingerprint, message_id="1", outbox=(event,), processed_at=NOW
    )
