"""The messages of one order: it is delivered, waits, is shorted, substituted, cancelled, or refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.lab.stack.demo import messages as write

CUSTOMERS = 60
SKUS = 40
SCARCE_SKUS = 4
SHIP = {"eventType": "SHIP", "source": "SLICK", "timestamp": "2024-01-10T15:00:00Z"}
SHORT = {"eventType": "SHORT", "source": "SLICK", "severity": "LOW", "timestamp": "2024-01-10T14:00:00Z"}
SUBSTITUTION = {
    "eventType": "SUBSTITUTION_REQUEST",
    "source": "SLICK",
    "timestamp": "2024-01-10T13:00:00Z",
}


@dataclass(frozen=True)
class Message:
    """One message of an order.

    Attributes:
        valid: whether it must take effect; False for a message that must be rejected.
    """

    kind: str
    topic: str
    data: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)
    ordering_key: str = ""
    valid: bool = True

    @property
    def order_id(self) -> str:
        """Return the id of its order."""
        return str(self.data["orderId"])


def scarce_sku(number: int) -> str:
    """Return a sku that is never there in time."""
    return f"SCARCE-{number % SCARCE_SKUS:03}"


def sku(number: int) -> str:
    """Return the sku of a number."""
    return f"SKU-{number % SKUS:03}"


def order(number: int, random: Random) -> list[Message]:
    """Return the messages of one order in their business sequence."""
    order_id = f"QC-2026-{random.randrange(16**4):04x}-{number:06}"
    story = STORIES[number % len(STORIES)]
    return story(order_id, f"CUST-{number % CUSTOMERS:06}", number, random)


def _create(order_id: str, customer: str, number: int, random: Random, *, force: bool) -> Message:
    prices = [random.randrange(101, 99_999) / 100 for _ in range(2)]
    lines = (write.line(1, sku(number), 3, prices[0]), write.line(2, sku(number + 7), 1, prices[1]))
    data = write.order(order_id, *lines, customer=customer, force=force)
    return Message("create", "order-create", data, {"source": "QC-SMF"}, customer)


def _authorise(order_id: str, amount: float) -> Message:
    return Message("authorise", "payment-authorized", write.authorisation(order_id, amount))


def _capture(order_id: str, part: int, amount: float) -> Message:
    data = {
        **write.capture(order_id, amount),
        "captureId": f"CAP-{order_id}-{part}",
        "paymentId": f"PAY-{order_id}",
    }
    return Message("capture", "payment-captured", data)


def _paid(create: Message) -> list[Message]:
    order_id, total = create.order_id, create.data["totals"]["total"]
    authorise = _authorise(order_id, total)
    ids = {"authorizationId": f"AUTH-{order_id}", "paymentId": f"PAY-{order_id}"}
    more = {"authorizationId": f"AUTH2-{order_id}", "paymentId": f"PAY-{order_id}", "amount": 10.01}
    halves = [round(total / 2, 2), round(total - round(total / 2, 2), 2)]
    return [
        Message("authorise", authorise.topic, {**authorise.data, **ids}),
        Message("authorise", authorise.topic, {**authorise.data, **more}),
        *(_capture(order_id, part, amount) for part, amount in enumerate(halves)),
    ]


def _refund(order_id: str) -> Message:
    data = {
        **write.refund(order_id, 1.15),
        "refundId": f"REF-{order_id}",
        "paymentId": f"PAY-{order_id}",
    }
    return Message("refund", "payment-refunded", data)


def _release(order_id: str) -> Message:
    return Message("release", "order-release", write.release(order_id))


def _parcel(create: Message, part: int, *quantities: tuple[int, int]) -> Message:
    skus = {line["lineNumber"]: line["sku"] for line in create.data["lineItems"]}
    items = [(number, skus[number], units) for number, units in quantities]
    shipment = f"SHIP-{create.order_id}-{part}"
    data = write.parcel(create.order_id, shipment, *items, at=f"2024-01-10T15:0{part}:00Z")
    topic = "ship-events" if part else "fulfillment-events"
    return Message("ship", topic, data, SHIP)


def _whole(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    create = _create(order_id, customer, number, random, force=True)
    parcels = [_parcel(create, 0, (1, 2)), _parcel(create, 1, (1, 1), (2, 1))]
    return [create, *_paid(create), _release(order_id), *parcels, _refund(order_id)]


def _stocked(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    create = _create(order_id, customer, number, random, force=False)
    return [create, *_paid(create), _release(order_id), _parcel(create, 0, (1, 3), (2, 1))]


def _cancelled(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    create = _create(order_id, customer, number, random, force=False)
    cancel = Message("cancel", "order-cancel", write.cancellation(order_id))
    return [create, *_paid(create)[:2], cancel]


def _waiting(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    """Order what is scarce and something that is not: the order waits for a count."""
    lines = (write.line(1, scarce_sku(number), 1, 9.99), write.line(2, sku(number), 1, 1.25))
    data = write.order(order_id, *lines, customer=customer, force=False)
    return [Message("create", "order-create", data, {"source": "QC-SMF"}, customer)]


def _waits_then_cancelled(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    """Cancel an order that waits, or that got what another one waits for."""
    cancel = Message("cancel", "order-cancel", write.cancellation(order_id))
    return [*_waiting(order_id, customer, number, random), cancel]


def _shorted(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    create, short = _shorted_unpaid(order_id, customer, number, random)
    return [create, *_paid(create), short, _parcel(create, 0, (1, 2), (2, 1))]


def _shorted_unpaid(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    """Shorten an order that nothing else changes: its last payment position comes from the shortage."""
    create = _create(order_id, customer, number, random, force=True)
    short = Message("short", "fulfillment-events", write.shortage(order_id, 1, sku(number), 3, 2), SHORT)
    return [create, short]


def _substituted(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    create = _create(order_id, customer, number, random, force=True)
    line = create.data["lineItems"][1]
    adjusted = write.weight_adjustment(order_id, 2, line["sku"], line["unitPrice"], 15)
    increase = adjusted["priceIncrease"]
    # More decimals than a price has.
    increase["percentage"] = round(100 * increase["amount"] / line["unitPrice"], 4)
    return [create, *_paid(create), Message("substitute", "order-update", adjusted, SUBSTITUTION)]


def _conflicting(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    create = _create(order_id, customer, number, random, force=True)
    other = {**create.data, "shipFromLocationId": "LOC-BKK-002"}
    conflict = Message("conflict", create.topic, other, create.attributes, customer, valid=False)
    return [create, conflict, *_paid(create)]


def _invalid(order_id: str, customer: str, number: int, random: Random) -> list[Message]:
    create = _create(order_id, customer, number, random, force=True)
    wrong = {**create.data, "payment": {"method": "CC", "amount": 0.01}}
    return [Message("invalid", create.topic, wrong, create.attributes, customer, valid=False)]


STORIES = (
    _whole,
    _whole,
    _stocked,
    _cancelled,
    _shorted,
    _shorted_unpaid,
    _substituted,
    _conflicting,
    _invalid,
    _waiting,
    _waiting,
    _waits_then_cancelled,
)
"""The stories in turn; one that is listed twice happens twice as often."""
