"""The message of each function that the bench measures, and what other functions handle before it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.lab.bench.orders import FORWARDED, STOREFRONT, parcel, wrap
from tests.lab.stack.demo import messages

Json = dict[str, Any]
STOCKED_UNITS = 1_000_000
LOCATIONS = 20
"""Requests in flight ask for stock of different locations: those for the same stock take turns."""
REJECTED = 422


@dataclass(frozen=True, kw_only=True)
class Message:
    """A kind of message about some orders.

    Attributes:
        payloads: builds the payloads for the orders.
        after: what must be handled before, in its order.
        status: the status that answers it.
    """

    function: str
    subscription: str
    payloads: Callable[[Sequence[Json]], Iterable[Json]]
    attributes: Mapping[str, str] = field(default_factory=dict)
    after: tuple["Message", ...] = ()
    status: int = 204

    def pushes(self, orders: Sequence[Json]) -> list[bytes]:
        """Return the pushes of these messages."""
        return [*wrap(self.payloads(orders), self.subscription, self.attributes)]


def _each(build: Callable[[Json], Json]) -> Callable[[Sequence[Json]], Iterable[Json]]:
    """Build one payload for each order."""
    return lambda orders: map(build, orders)


def _shortage(order: Json) -> Json:
    """Every line lacks one unit."""
    lines = [
        messages.shortage(order["orderId"], line["lineNumber"], line["sku"], line["quantity"], 1)
        for line in order["lineItems"]
    ]
    return lines[0] | {"items": [item for each in lines for item in each["items"]]}


def _substitution(order: Json) -> Json:
    line = order["lineItems"][0]
    price = round(line["quantity"] * line["unitPrice"], 2)
    return messages.weight_adjustment(order["orderId"], line["lineNumber"], line["sku"], price, 10)


def _authorization(order: Json) -> Json:
    authorization = messages.authorisation(order["orderId"], order["totals"]["total"])
    return authorization | {"expiresAt": "2024-01-17T10:05:00Z"}


def _location(number: int) -> str:
    return f"LOC-BKK-{number % LOCATIONS:03}"


def _reservation(order: Json) -> Json:
    items = [{name: line[name] for name in ("lineNumber", "sku", "quantity")} for line in order["lineItems"]]
    return {
        "reservationId": f"R-{order['orderId']}",
        "orderId": order["orderId"],
        "locationId": _location(int(order["orderId"][-6:])),
        "status": "REQUESTED",
        "items": items,
        "occurredAt": order["orderDate"],
    }


def _counts(orders: Sequence[Json]) -> Iterable[Json]:
    """Count every sku of the orders once at each location."""
    for location in map(_location, range(LOCATIONS)):
        for line in orders[0]["lineItems"]:
            count = messages.count(line["sku"], STOCKED_UNITS)
            yield count | {"updateId": f"{location}-{count['updateId']}", "locationId": location}


def _with_a_wrong_amount(order: Json) -> Json:
    return order | {"payment": order["payment"] | {"amount": order["payment"]["amount"] + 0.01}}


CREATION = Message(
    function="order_create",
    subscription="order-create-sub",
    payloads=_each(lambda order: order),
    attributes=STOREFRONT,
)
AUTHORIZATION = Message(
    function="payment",
    subscription="payment-authorized-sub",
    payloads=_each(_authorization),
    after=(CREATION,),
)
CAPTURE = Message(
    function="payment",
    subscription="payment-captured-sub",
    payloads=_each(lambda order: messages.capture(order["orderId"], order["totals"]["total"])),
)
COUNT = Message(function="inventory", subscription="inventory-update-sub", payloads=_counts)
REJECTED_CREATION = Message(
    function="order_create",
    subscription="order-create-sub",
    payloads=_each(_with_a_wrong_amount),
    attributes=STOREFRONT,
    status=REJECTED,
)

CASES = (
    CREATION,
    Message(
        function="ship",
        subscription="ship-events-direct-sub",
        payloads=_each(parcel),
        attributes={"eventType": "SHIP", "source": "SLICK"},
        after=(CREATION,),
    ),
    Message(
        function="short",
        subscription="short-events-direct-sub",
        payloads=_each(_shortage),
        attributes={"eventType": "SHORT", "source": "SLICK"},
        after=(CREATION,),
    ),
    Message(
        function="substitution",
        subscription="substitution-events-sub",
        payloads=_each(_substitution),
        attributes={"eventType": "SUBSTITUTION_REQUEST", "source": "SLICK"},
        after=(CREATION,),
    ),
    AUTHORIZATION,
    Message(
        function="order_cancel",
        subscription="order-cancel-sub",
        payloads=_each(lambda order: messages.cancellation(order["orderId"])),
        after=(CREATION,),
    ),
    Message(
        function="order_release",
        subscription="order-release-sub",
        payloads=_each(lambda order: messages.release(order["orderId"])),
        after=(CREATION, AUTHORIZATION, CAPTURE),
    ),
    Message(
        function="inventory",
        subscription="reservation-events-sub",
        payloads=_each(_reservation),
        after=(COUNT,),
    ),
    Message(
        function="dlq",
        subscription="order-create-dlq-sub",
        payloads=_each(_with_a_wrong_amount),
        attributes=STOREFRONT | FORWARDED,
        after=(REJECTED_CREATION,),
    ),
)

CASE_OF = {each.function: each for each in CASES}
"""One case for each function that takes messages."""
