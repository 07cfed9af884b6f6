"""What stock must be by the facts alone: counts, parcels, shortages and open lines, however they arrived."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from shared.domain.decision import Entity
from shared.domain.order import Order
from shared.domain.stock import Stock
from tests.unit.domain.interleaving import Message


def check_stock(entities: Iterable[Entity], messages: Iterable[Message]) -> None:
    """Check what is on hand, that orders claim their open units, and that no free unit is waited for."""
    entities = [*entities]
    stocks = [each for each in entities if isinstance(each, Stock)]
    assert {each.sku: each.on_hand for each in stocks} == on_hand_by_facts(messages)
    claimed = Counter({each.sku: each.reserved + each.waiting for each in stocks})
    lines = [line for each in entities if isinstance(each, Order) for line in each.line_items]
    opened = Counter[str]()
    for line in lines:
        opened[line.sku] += line.open_quantity
    assert +claimed == +opened
    assert not [each.sku for each in stocks if each.to_allocate]


def on_hand_by_facts(messages: Iterable[Message]) -> dict[str, int]:
    """Return the last count of each sku less the units that left or were missing after it."""
    facts = [(each, json.loads(each.data)) for each in messages]
    counts: dict[str, tuple[str, int]] = {}
    for each, data in facts:
        if each.topic == "inventory-update":
            counts[data["sku"]] = max((data["updatedAt"], data["onHand"]), counts.get(data["sku"], ("", 0)))
    left = Counter[str]()
    for sku, at, units in (*_shipped(facts), *_missing(facts)):
        if at > counts[sku][0]:
            left[sku] += units
    return {sku: max(0, on_hand - left[sku]) for sku, (_, on_hand) in counts.items()}


def _shipped(facts: list[tuple[Message, Any]]) -> Iterator[tuple[str, str, int]]:
    for each, data in facts:
        if each.topic == "ship-events":
            for item in data["items"]:
                yield item["sku"], data["shippedAt"], item["shippedQty"]


def _missing(facts: list[tuple[Message, Any]]) -> Iterator[tuple[str, str, int]]:
    """Yield each missing unit with the first time at which so many units were missing."""
    first: defaultdict[tuple[int, str], dict[int, str]] = defaultdict(dict)
    for each, data in facts:
        for item in data["items"] if each.topic == "fulfillment-events" else ():
            times = first[item["lineNumber"], item["sku"]]
            for unit in range(item["shortQty"]):
                times[unit] = min(times.get(unit, str(each.timestamp)), str(each.timestamp))
    for (_, sku), times in first.items():
        yield from ((sku, at, 1) for at in times.values())
