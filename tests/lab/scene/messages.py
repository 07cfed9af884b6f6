"""The messages of the scene: good orders, and what three producers get wrong.

    40 + 1   orders with a wrong total, from QC-SMF 1.4.0; the last one has 2 MB
    10       orders without a location, from QC-SMF 1.2.9
    25       parcels from SLICK 1.1.0 that arrive before their orders
     5       orders sent again with other content, from QC-SMF 1.3.1
     5       refunds in another currency than their order's, from PAYMENT_SERVICE 1.0.3
     1       order with scripts, direction marks, emoji and Thai

Five captures exceed what was authorised: they are processed, and recorded as exceptions of their orders.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.stack.demo import messages as write

GOOD, WRONG_TOTALS, INCOMPLETE, EARLY, CONFLICTS, REFUNDS, OVER_CAPTURES = 160, 40, 10, 25, 5, 5, 5
ORDERS_PER_CUSTOMER = 8
LARGE_LINES = 21_000
"""An order of so many lines has 2 MB."""

FAILURES = WRONG_TOTALS + 1 + INCOMPLETE + EARLY + CONFLICTS + REFUNDS + 1
GROUPS = 6

STOREFRONT = {"source": "QC-SMF", "version": "1.3.1"}
BROKEN_STOREFRONT = {"source": "QC-SMF", "version": "1.4.0"}
SHOPS = {"source": "QC-SMF", "version": "1.2.9"}
WAREHOUSE = {"source": "SLICK", "version": "1.1.0", "eventType": "SHIP"}
PAYMENTS = {"source": "PAYMENT_SERVICE", "version": "1.0.3"}
HOSTILE_SOURCE = "<b>QC</b>"
SCRIPT = "<script>document.title='executed'</script><img src=x onerror=\"document.title='executed'\">"
HOSTILE_TEXT = f"{SCRIPT} \u202eneddih\u202c \u2066isolated\u2069 🛒👩‍👩‍👧‍👦 สั่งซื้อสินค้า"


@dataclass(frozen=True, slots=True)
class SceneMessage:
    """A message to publish."""

    topic: str
    data: bytes
    attributes: Mapping[str, str]
    ordering_key: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """The messages of one play; `day` is part of every order's id, so that two plays share no order."""

    day: str

    def good_order_id(self, number: int) -> str:
        """Return the id of a good order, from 0 to 159."""
        return self._id(1, number)

    def early_order_id(self, number: int) -> str:
        """Return the id of an order that comes after its parcel, from 0 to 24."""
        return self._id(4, number)

    def good_orders(self) -> Iterator[SceneMessage]:
        """Yield orders that are accepted, eight of each customer."""
        for number in range(GOOD):
            yield _order(self._good(number), STOREFRONT)

    def authorisations(self) -> Iterator[SceneMessage]:
        """Yield the authorisations of the captures and refunds."""
        for number in range(OVER_CAPTURES):
            order = self._good(number)
            data = write.authorisation(order["orderId"], order["totals"]["total"])
            yield _message("payment-authorized", data, PAYMENTS)

    def over_captures(self) -> Iterator[SceneMessage]:
        """Yield captures of twice what was authorised."""
        for number in range(OVER_CAPTURES):
            order = self._good(number)
            data = write.capture(order["orderId"], round(order["totals"]["total"] * 2, 2))
            yield _message("payment-captured", data, PAYMENTS)

    def failures(self) -> Iterator[SceneMessage]:
        """Yield the messages that fail; the good orders must have been processed before."""
        for number in range(WRONG_TOTALS):
            yield _order(_with_wrong_total(self._new(2, number)), BROKEN_STOREFRONT)
        yield _order(_with_wrong_total(self._large()), BROKEN_STOREFRONT)
        for number in range(INCOMPLETE):
            order = self._new(3, number)
            del order["shipFromLocationId"]
            yield _order(order, SHOPS)
        for number in range(EARLY):
            parcel = write.parcel(
                self.early_order_id(number),
                f"SHIP-{self.day}-{number:03}",
                (1, "SKU-001", 2),
                at="2024-01-10T15:00:00Z",
            )
            yield _message("fulfillment-events", parcel, WAREHOUSE)
        for number in range(CONFLICTS):
            order = self._good(10 + number * ORDERS_PER_CUSTOMER)
            changed = write.changed(order, shipFromLocationId="LOC-BKK-002")
            yield _order(changed, STOREFRONT)
        for number in range(REFUNDS):
            refund = write.changed(write.refund(self.good_order_id(number), 10.00), currency="USD")
            yield _message("payment-refunded", refund, PAYMENTS)
        yield self._hostile()

    def late_orders(self) -> Iterator[SceneMessage]:
        """Yield the orders of the early parcels: then a replay of the parcels succeeds."""
        for number in range(EARLY):
            order = self._new(4, number)
            yield _order(order, STOREFRONT)

    def _id(self, series: int, number: int) -> str:
        return f"QC-{self.day}-{series}{number:05}"

    def _good(self, number: int) -> write.Json:
        # The emulator keeps a thread for each ordering key, which polls: few customers.
        return self._new(1, number, customer=number - number % ORDERS_PER_CUSTOMER)

    def _new(self, series: int, number: int, *, customer: int | None = None) -> write.Json:
        lines = (write.line(1, "SKU-001", 2, 199.50 + number), write.line(2, "SKU-002", 1, 50.00))
        place = number if customer is None else customer
        return write.order(self._id(series, number), *lines, customer=f"CUST-{series}{place:05}", force=True)

    def _large(self) -> write.Json:
        lines = (write.line(number, f"SKU-{number:06}", 1, 1.25) for number in range(1, LARGE_LINES + 1))
        return write.order(self._id(5, 0), *lines, customer="CUST-500000", force=True)

    def _hostile(self) -> SceneMessage:
        order = self._new(6, 0) | {"orderId": f"{self._id(6, 0)}-<script>alert(1)</script>-🛒-สั่งซื้อ"}
        order["payment"] = {"method": HOSTILE_TEXT, "amount": HOSTILE_TEXT, SCRIPT: HOSTILE_TEXT}
        attributes = {"source": HOSTILE_SOURCE, "version": "\u202e1.0", "note": HOSTILE_TEXT}
        return _order(order, attributes)


def _with_wrong_total(order: Mapping[str, Any]) -> write.Json:
    """Return an order without its tax in the total."""
    totals = order["totals"]
    total = round(totals["total"] - totals["tax"], 2)
    return write.changed(order, totals={**totals, "total": total}, payment={"method": "CC", "amount": total})


def _order(order: Mapping[str, Any], attributes: Mapping[str, str]) -> SceneMessage:
    correlation = {"correlationId": f"corr-{str(order['orderId'])[:24]}"}
    return _message("order-create", order, {**attributes, **correlation}, str(order["customerId"]))


def _message(
    topic: str, data: Mapping[str, Any], attributes: Mapping[str, str], ordering_key: str = ""
) -> SceneMessage:
    return SceneMessage(topic, json.dumps(data, ensure_ascii=False).encode(), attributes, ordering_key)
