"""A second, independent model of an order: a fold of the messages that took effect."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.lab.chaos.orders import Message


@dataclass
class ExpectedLine:
    """One line: units and price in minor units."""

    quantity: int
    price: int
    shipped: int = 0
    shorted: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        """Return the units that are still to be shipped."""
        return self.quantity - self.shipped - self.shorted - self.cancelled


@dataclass
class ExpectedOrder:
    """The facts that the stored order must have; amounts in minor units."""

    lines: dict[int, ExpectedLine]
    ordered: int
    """The subtotal as it was ordered; tax and discount follow the goods in proportion to it."""
    tax: int
    shipping: int
    discount: int
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    shipments: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """Return what the customer owes: zero when no unit is left."""
        kept = {number: line.quantity - line.shorted - line.cancelled for number, line in self.lines.items()}
        if not any(kept.values()):
            return 0
        goods = sum(line.price * kept[number] // line.quantity for number, line in self.lines.items())
        tax = _half_up(self.tax * goods, self.ordered)
        discount = min(self.discount, _half_up(self.discount * goods, self.ordered))
        return max(0, goods + tax + self.shipping - discount)

    def position(self) -> dict[str, int]:
        """Return what is left to do with the money; no authorisation of the story expires."""
        missing = self.total - (self.captured - self.refunded)
        held = max(0, self.authorized - self.captured)
        capture = min(max(0, missing), held)
        return {
            "dueMinor": self.total,
            "authorizedMinor": held,
            "capturedMinor": self.captured,
            "refundedMinor": self.refunded,
            "toCaptureMinor": capture,
            "toAuthorizeMinor": max(0, missing) - capture,
            "toVoidMinor": held - capture,
            "toRefundMinor": max(0, -missing),
        }

    def facts(self) -> dict[str, Any]:
        """Return the facts to compare with the stored order."""
        lines = {
            number: (line.shipped, line.shorted, line.cancelled, line.price)
            for number, line in self.lines.items()
        }
        return {
            "lines": lines,
            "total": self.total,
            "authorized": self.authorized,
            "captured": self.captured,
            "refunded": self.refunded,
            "shipments": self.shipments,
        }


def fold(applied: Iterable[Message]) -> dict[str, ExpectedOrder]:
    """Fold messages into orders by id; the order of the messages does not matter."""
    by_order: defaultdict[str, list[Message]] = defaultdict(list)
    for message in applied:
        by_order[message.order_id].append(message)
    return {order_id: order for order_id, each in by_order.items() if (order := _order(each))}


def _order(messages: list[Message]) -> ExpectedOrder | None:
    created = [each.data for each in messages if each.kind in ("create", "conflict")]
    if not created:
        return None
    order = _created(created[0])
    # A cancellation closes the open units; no cancelled order of the story is also shipped.
    for message in sorted(messages, key=lambda each: each.kind == "cancel"):
        _apply(order, message.kind, message.data)
    return order


def _created(data: Mapping[str, Any]) -> ExpectedOrder:
    lines = {
        line["lineNumber"]: ExpectedLine(line["quantity"], line["quantity"] * minor(line["unitPrice"]))
        for line in data["lineItems"]
    }
    totals = data["totals"]
    return ExpectedOrder(
        lines,
        ordered=minor(totals["subTotal"]),
        tax=minor(totals["tax"]),
        shipping=minor(totals["shipping"]),
        discount=minor(totals["discount"]),
    )


def _apply(order: ExpectedOrder, kind: str, data: Mapping[str, Any]) -> None:
    if kind in PAYMENTS:
        name = PAYMENTS[kind]
        setattr(order, name, getattr(order, name) + minor(data["amount"]))
    elif kind in FULFILMENT:
        FULFILMENT[kind](order, data)


def _ship(order: ExpectedOrder, data: Mapping[str, Any]) -> None:
    order.shipments.add(data["shipmentId"])
    for item in data["items"]:
        order.lines[item["lineNumber"]].shipped += item["shippedQty"]


def _short(order: ExpectedOrder, data: Mapping[str, Any]) -> None:
    for item in data["items"]:
        order.lines[item["lineNumber"]].shorted += item["shortQty"]


def _substitute(order: ExpectedOrder, data: Mapping[str, Any]) -> None:
    line = order.lines[data["originalItem"]["lineNumber"]]
    line.price = minor(data["substituteItem"]["adjustedPrice"])


def _cancel(order: ExpectedOrder, _: Mapping[str, Any]) -> None:
    for line in order.lines.values():
        line.cancelled += line.open


PAYMENTS = {"authorise": "authorized", "capture": "captured", "refund": "refunded"}
FULFILMENT = {"ship": _ship, "short": _short, "substitute": _substitute, "cancel": _cancel}


def minor(amount: float) -> int:
    """Convert an amount to minor units."""
    return int(Decimal(str(amount)) * 100)


def _half_up(dividend: int, divisor: int) -> int:
    """Divide, and round a half up."""
    return (2 * dividend + divisor) // (2 * divisor)
