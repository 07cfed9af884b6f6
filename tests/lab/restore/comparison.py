"""Compare what a consumer of `order-events` knows after a restore with what the messages ask for.

A restore repeats events: messages arrive in another order than the first time, so what an event says of the
moment (its order's version, the status) differs. A consumer counts a fact once by its `eventId`, and takes
levels, such as the payment position, from the highest `orderVersion`. The comparison follows the same rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tests.lab.chaos.checker import Finding, Published, check
from tests.lab.chaos.evidence import Event, Evidence

FACTS = {
    "order.created",
    "order.released",
    "order.substituted",
    "order.cancelled",
    "payment.authorized",
    "payment.captured",
    "payment.refunded",
}
"""Events that say the same whichever message arrived first, apart from what they say of the moment."""

MOMENTARY = {"orderVersion", "paymentStatus", "occurredAt"}
LEFT_TO_PICK = {"lines", "lineCount"}
"""Of `order.released`: less where a parcel arrived before the release."""


def differences(published: Published, evidence: Evidence) -> list[Finding]:
    """Return every difference from a run that lost nothing, as a consumer that drops repeated ids sees it."""
    seen = replace(evidence, events=first_of_each(evidence.events))
    return [*check(published, seen), *changed_facts(evidence.events), *repeated_versions(evidence.events)]


def first_of_each(events: Sequence[Event]) -> list[Event]:
    """Leave out repeated event ids, as a consumer does."""
    first: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.event_id, event)
    return [*first.values()]


def changed_facts(events: Sequence[Event]) -> Iterator[Finding]:
    """Find facts that were published again with other content."""
    known: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.type in FACTS:
            payload = event.payload
            first = known.setdefault(event.event_id, payload)
            names = [name for name in payload.keys() | first.keys() if payload.get(name) != first.get(name)]
            momentary = MOMENTARY | LEFT_TO_PICK if event.type == "order.released" else MOMENTARY
            if changed := sorted(set(names) - momentary):
                yield Finding("double", f"{event.type} of {payload['orderId']} changed: {', '.join(changed)}")


def repeated_versions(events: Sequence[Event]) -> Iterator[Finding]:
    """Find payment positions with the version of another one: a consumer ignores one of them."""
    known: dict[tuple[str, int], dict[str, Any]] = {}
    for event in events:
        if event.type == "payment.position_changed":
            position = {**event.payload, "eventId": ""}
            key = position["orderId"], position["orderVersion"]
            if position != known.setdefault(key, position):
                yield Finding("money", f"{key[0]} has several positions of version {key[1]}")
