"""What the first release stored of an order's goods is recognised."""

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from shared.consumer.idempotency import Change, Claim
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.order import Order
from shared.errors import Outcome
from tests.examples import FOLDER
from tests.unit.consumer.processors import NOW, Bench
from tests.unit.functions.function_routes import routes_of
from tests.unit.functions.goods import FUNCTIONS, ORDER, ORDER_ID, PUBLISHED, TOPICS, deliver, order_in

STORED = json.loads((FOLDER / "stored" / "goods_claims.json").read_text(encoding="utf-8"))
"""Messages with the keys, fingerprints and orders that the first release made of them."""

WITH_OWN_KEYS = {"ship", "short", "substitution"}
"""Scopes with keys that the first release built otherwise."""


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
