"""Check the guarantees by comparing what was published with what is stored."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.lab.chaos.events import EVENT_TYPES, business_id, event_of
from tests.lab.chaos.evidence import Evidence
from tests.lab.chaos.model import fold
from tests.lab.chaos.orders import Message
from tests.lab.chaos.stock import StockComparison, skus_of
from tests.lab.chaos.story import LOCATION, counts
from tests.lab.chaos.wire import payload


@dataclass(frozen=True)
class Published:
    """All published messages with their ids, in order; a repetition has an id of its own."""

    messages: list[tuple[str, Message]] = field(default_factory=list)


@dataclass(frozen=True)
class Finding:
    """One breach of a guarantee."""

    kind: str
    """
    lost: a message or an event is missing. double: an effect or an event without a cause, or twice.
    conflict: a message that had to be rejected was not. order: an order overtook one of the same customer.
    money, stock: an amount or a unit is not accounted for.
    """
    text: str


def check(published: Published, evidence: Evidence) -> list[Finding]:
    """Return every breach of guarantees 1 to 5, of the conservation of stock and of the payment positions."""
    comparison = _Comparison(published, evidence)
    return [
        *comparison.lost_messages(),
        *comparison.accepted_conflicts(),
        *comparison.wrong_orders(),
        *comparison.missing_events(),
        *comparison.repeated_events(),
        *comparison.overtaken_orders(),
        *comparison.wrong_stock(),
        *comparison.wrong_positions(),
    ]


class _Comparison:
    """Published messages and evidence, indexed for the checks."""

    def __init__(self, published: Published, evidence: Evidence) -> None:
        self.published = published.messages
        self.evidence = evidence
        claimed = {claim["messageId"] for claim in evidence.claims}
        replayed = {each.data for each in evidence.failed if each.replay_id in claimed}
        self.applied_ids = {message_id for message_id, _ in self.published if message_id in claimed}
        self.applied = _by_payload(
            message
            for message_id, message in self.published
            if message_id in claimed or payload(message) in replayed
        )
        self.failed = {each.data: each.document for each in evidence.failed}
        self.open = [each for each in evidence.failed if each.document["status"] != "RESOLVED"]
        self.open_data = {each.data for each in self.open}

    def lost_messages(self) -> Iterator[Finding]:
        """Find valid messages that neither took effect nor became failed messages."""
        for data, message in _by_payload(each for _, each in self.published).items():
            if message.kind == "count" and self._is_outdated(message):
                continue
            if message.valid and data not in self.applied and data not in self.failed:
                yield Finding("lost", f"{message.kind} of {message.order_id}")

    def accepted_conflicts(self) -> Iterator[Finding]:
        """Find invalid and conflicting messages that did not become failed messages."""
        for data, message in _by_payload(each for _, each in self.published).items():
            if not message.valid and data not in self.failed and data not in self.applied:
                yield Finding(
                    "conflict", f"{message.kind} of {message.order_id} is not among the failed messages"
                )
            if message.kind == "invalid" and data in self.applied:
                yield Finding("conflict", f"{message.kind} of {message.order_id} took effect")

    def wrong_orders(self) -> Iterator[Finding]:
        """Find orders that differ from the fold of the messages that took effect."""
        expected = fold(self.applied.values())
        for order_id in expected.keys() | self.evidence.orders.keys():
            if order_id not in expected or order_id not in self.evidence.orders:
                yield Finding("double", f"{order_id} exists without a cause, or has a claim and no order")
                continue
            right, found = expected[order_id].facts(), _facts(self.evidence.orders[order_id])
            differing = {name for name in right if right[name] != found[name]}
            if differing:
                kind = "money" if differing <= MONEY else "double"
                yield Finding(kind, _describe_difference(order_id, right, found))

    def missing_events(self) -> Iterator[Finding]:
        """Find effects without an event, unless the message is an open failed message."""
        published = {(each.type, business_id(each)) for each in self.evidence.events}
        for data, message in self.applied.items():
            event = event_of(message)
            if event and event not in published and data not in self.open_data:
                yield Finding("lost", f"{event[0]} of {message.order_id}")

    def repeated_events(self) -> Iterator[Finding]:
        """Find events with several ids or contents, or without a message that took effect."""
        contents: defaultdict[str, set[bytes]] = defaultdict(set)
        ids: defaultdict[tuple[str, Any], set[str]] = defaultdict(set)
        causes = {expected for each in self.applied.values() if (expected := event_of(each))}
        for event in self.evidence.events:
            contents[event.event_id].add(event.data)
            if event.type in EVENT_TYPES:
                ids[event.type, business_id(event)].add(event.event_id)
        yield from (
            Finding("double", f"event {each} has two contents")
            for each, found in contents.items()
            if len(found) > 1
        )
        yield from (Finding("double", f"{each} has two ids") for each, found in ids.items() if len(found) > 1)
        yield from (
            Finding("double", f"{each} was published without a cause") for each in ids if each not in causes
        )

    def overtaken_orders(self) -> Iterator[Finding]:
        """Find orders that took effect before an earlier order of the same customer."""
        times = {claim["messageId"]: claim["processedAt"] for claim in self.evidence.claims}
        last: dict[str, Any] = {}
        for message_id, message in self.published:
            if message.kind != "create" or message_id not in self.applied_ids:
                continue
            key = message.ordering_key
            if key in last and times[message_id] < last[key]:
                yield Finding("order", f"{message.order_id} overtook an earlier order of {key}")
            last[key] = max(times[message_id], last.get(key, times[message_id]))

    def wrong_stock(self) -> Iterator[Finding]:
        """Find units that are not accounted for, and orders that wait without need."""
        comparison = StockComparison([*counts(), *self.applied.values()], self.evidence, self._uncertain())
        yield from (Finding("stock", each) for each in comparison.differences())

    def wrong_positions(self) -> Iterator[Finding]:
        """Find orders for which the latest payment position, published or stored, is not the expected one."""
        published = self._latest_positions()
        unpublished = {message.order_id for data, message in self.applied.items() if data in self.open_data}
        for order_id, expected in fold(self.applied.values()).items():
            stored = self.evidence.orders.get(order_id)
            if stored is None or order_id in unpublished:
                continue
            right = expected.position()
            for name, document in (("published", published.get(order_id, {})), ("stored", stored)):
                found = {field: document.get(field) for field in right}
                if found != right:
                    difference = _describe_difference(order_id, right, found)
                    yield Finding("money", f"{name} position of {difference}")

    def _latest_positions(self) -> dict[str, dict[str, Any]]:
        """Return the position with the highest order version, by order id."""
        latest: dict[str, dict[str, Any]] = {}
        for event in self.evidence.events:
            if event.type != "payment.position_changed":
                continue
            position = event.payload
            known = latest.setdefault(position["orderId"], position)
            if position["orderVersion"] > known["orderVersion"]:
                latest[position["orderId"]] = position
        return latest

    def _uncertain(self) -> set[str]:
        """Return the skus of failed messages about stock, which a person must replay."""
        about_stock = [
            each
            for each in self.open
            if each.document["originalTopic"] not in PAYMENT_TOPICS
            and each.document["failureReason"] not in REJECTED_ORDERS
        ]
        unfinished = {each.document["orderId"] for each in about_stock}
        orders = (
            order
            for order in self.evidence.orders.values()
            if order["orderId"] in unfinished or order["shipFromLocationId"] != LOCATION
        )
        counted = {json.loads(each.data).get("sku", "") for each in about_stock}
        return skus_of(orders) | counted

    def _is_outdated(self, message: Message) -> bool:
        """Return whether a newer count of the same sku took effect: then this one is stale."""
        return any(
            each.kind == "count"
            and each.data["sku"] == message.data["sku"]
            and each.data["updatedAt"] >= message.data["updatedAt"]
            for each in self.applied.values()
        )


MONEY = {"total", "authorized", "captured", "refunded", "lines"}
PAYMENT_TOPICS = {"payment-authorized", "payment-captured", "payment-refunded"}
REJECTED_ORDERS = {"claim.conflict", "order.totals_mismatch"}


def _by_payload(messages: Iterable[Message]) -> dict[bytes, Message]:
    return {payload(message): message for message in messages}


def _moved(line: Mapping[str, Any]) -> tuple[int, int, int]:
    return line.get("shipped", 0), line.get("shorted", 0), line.get("cancelled", 0)


def _facts(order: Mapping[str, Any]) -> dict[str, Any]:
    payment = order["payment"]
    return {
        "lines": {line["lineNumber"]: (*_moved(line), line["amountMinor"]) for line in order["lineItems"]},
        "total": order["totals"]["totalMinor"],
        "authorized": sum(each["amountMinor"] for each in payment["authorizations"]),
        "captured": sum(each["amountMinor"] for each in payment["captures"]),
        "refunded": sum(each["amountMinor"] for each in payment["refunds"]),
        "shipments": {each["shipmentId"] for each in order["shipments"]},
    }


def _describe_difference(order_id: str, right: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    return f"{order_id}: " + ", ".join(
        f"{name} is {found[name]}, not {right[name]}" for name in right if right[name] != found[name]
    )
