"""Check that every unit is accounted for: on hand, set aside, waited for.

Expected on hand is the last count that took effect, less what left after it: parcels, and units that the
warehouse did not find. Nothing here knows in which order the messages arrived.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.chaos.evidence import Document, Evidence
from tests.lab.chaos.orders import Message
from tests.lab.chaos.story import LOCATION

ENDED = ("SHIPPED", "CANCELLED")


@dataclass(frozen=True)
class StockComparison:
    """The stored stock beside the messages that took effect.

    Args:
        applied: messages that took effect.
        uncertain: skus of messages that failed: a person has to replay them first.
    """

    applied: Collection[Message]
    evidence: Evidence
    uncertain: Collection[str]

    def differences(self) -> Iterator[str]:
        """Yield what differs from the facts, sku by sku and order by order."""
        on_hand, open_units = self._on_hand(), self._open_units()
        for stock in self.evidence.stock:
            sku = stock["sku"]
            if stock["locationId"] == LOCATION and sku not in self.uncertain:
                yield from _stock_differences(stock, on_hand[sku], open_units[sku])
        yield from self._place_differences()
        yield from self._status_differences()

    def _on_hand(self) -> dict[str, int]:
        counts: dict[str, Message] = {}
        for message in self.applied:
            if message.kind == "count":
                sku = message.data["sku"]
                counts[sku] = max(message, counts.get(sku, message), key=lambda each: each.data["updatedAt"])
        left: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for message in self.applied:
            for sku, at, units in _departures(message):
                left[sku].append((at, units))
        return {
            sku: count.data["onHand"] - sum(units for at, units in left[sku] if at > count.data["updatedAt"])
            for sku, count in counts.items()
        }

    def _open_units(self) -> Counter[str]:
        units: Counter[str] = Counter()
        for order in self.evidence.orders.values():
            for line in order["lineItems"]:
                closed = sum(line.get(name, 0) for name in ("shipped", "shorted", "cancelled"))
                units[line["sku"]] += line["quantity"] - closed
        return units

    def _place_differences(self) -> Iterator[str]:
        """Yield orders that have a place without waiting units, or waiting units without a place."""
        places = {(each["orderId"], each["sku"]) for each in self.evidence.waiting}
        missing = {(order, sku) for order, items in self._waiting_items() for sku in items}
        for order, sku in places ^ missing:
            yield f"{order} waits for {sku} by its place or by its reservation, not by both"

    def _status_differences(self) -> Iterator[str]:
        """Yield orders that are backordered though they wait for nothing, or the other way round."""
        waiting = {order for order, items in self._waiting_items() if items}
        for order_id, order in self.evidence.orders.items():
            skus = {line["sku"] for line in order["lineItems"]}
            if skus & set(self.uncertain) or order["status"] in ENDED or order["allocation"]["forced"]:
                continue
            if (order["status"] == "BACKORDERED") is not (order_id in waiting):
                yield f"{order_id} is {order['status']}"

    def _waiting_items(self) -> Iterable[tuple[str, list[str]]]:
        for each in self.evidence.reservations:
            yield each["orderId"], [item["sku"] for item in each["items"] if item.get("waiting")]


def _departures(message: Message) -> Iterator[tuple[str, str, int]]:
    """Yield sku, time and units of what a message takes off the shelf."""
    if message.kind == "ship":
        for item in message.data["items"]:
            yield item["sku"], message.data["shippedAt"], item["shippedQty"]
    if message.kind == "short":
        for item in message.data["items"]:
            yield item["sku"], message.attributes["timestamp"], item["shortQty"]


def _stock_differences(stock: Document, on_hand: int, open_units: int) -> Iterator[str]:
    sku, waiting = stock["sku"], stock.get("waiting", 0)
    if stock["onHand"] != on_hand:
        yield f"{sku}: {stock['onHand']} on hand, should be {on_hand}"
    if stock["reserved"] + waiting != open_units:
        yield f"{sku}: {stock['reserved']} reserved and {waiting} waiting, should be {open_units} together"
    if waiting and stock["onHand"] > stock["reserved"]:
        yield f"{sku}: {waiting} units are waited for while {stock['onHand'] - stock['reserved']} are free"


def skus_of(orders: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the skus of all lines of some orders."""
    return {line["sku"] for order in orders for line in order["lineItems"]}
