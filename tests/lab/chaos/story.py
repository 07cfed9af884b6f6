"""The published messages: counts of stock and orders with all that happens to them, repeatable by a seed."""

from collections.abc import Iterator
from itertools import count, islice
from random import Random

from tests.lab.chaos.orders import SCARCE_SKUS, SKUS, Message, order, scarce_sku, sku
from tests.lab.stack.demo import messages as write

WINDOW = 40
"""Number of orders with messages shuffled together, unless a drill takes fewer."""

DUPLICATE_RATIO = 0.1
LOCATION = "LOC-BKK-001"
COUNTED = 100_000
"""Counted units of each sku that no order waits for."""

LATE = "2024-01-10T14:30:00Z"
"""When a sku is counted again: after its shortages and before its parcels, whenever the count arrives."""

LATE_COUNTS = 5
"""Skus that are counted again in each window."""


def counts() -> list[Message]:
    """Return the stock counts, published before all other messages."""
    return [
        Message("count", "inventory-update", {**write.count(sku(number), COUNTED), "orderId": ""})
        for number in range(SKUS)
    ]


def messages(total: int, random: Random, window_orders: int = WINDOW) -> Iterator[Message]:
    """Yield at least `total` messages, shuffled within windows of orders; some of them twice.

    A short story ends with the late counts of the other skus: by then most parcels have arrived.
    """
    numbers, windows = count(1), count()
    while total > 0:
        window = [each for number in islice(numbers, window_orders) for each in order(number, random)]
        window += _recounts(next(windows))
        window += [each for each in window if random.random() < DUPLICATE_RATIO]
        yield from _shuffled(window, random)
        total -= len(window)
    yield from _late_counts(LATE_COUNTS * next(windows), SKUS)


def _recounts(window: int) -> list[Message]:
    """Return late counts of some skus, and counts that give scarce skus two units more."""
    first = LATE_COUNTS * window
    late = _late_counts(first, first + LATE_COUNTS)
    taken_at = f"2024-01-10T{12 + window // 60:02}:{window % 60:02}:00Z"
    scarce = [_count(scarce_sku(number), 2 * (window + 1), taken_at) for number in range(SCARCE_SKUS)]
    return late + scarce


def _late_counts(first: int, end: int) -> list[Message]:
    return [_count(sku(number), COUNTED - 10_000, LATE) for number in range(first, min(end, SKUS))]


def _count(sku: str, on_hand: int, at: str) -> Message:
    return Message("count", "inventory-update", {**write.count(sku, on_hand, at), "orderId": ""})


def _shuffled(window: list[Message], random: Random) -> list[Message]:
    """Shuffle the messages; keep the orders of a customer in their sequence."""
    keyed = [each for each in window if each.ordering_key]
    shuffled = random.sample(window, len(window))
    in_order = iter(keyed)
    return [next(in_order) if each.ordering_key else each for each in shuffled]
