"""Which shortages are the same message."""

import json
from typing import Any

from shared.contracts.short import Short
from shared.domain.short_order import Severity, ShortOrder
from tests.examples import example

STATED_AT = {"timestamp": "2024-01-10T15:00:00Z"}


def former_causes(message: Short) -> tuple[str, ...]:
    """Return the ids that earlier releases gave a message."""
    return message.to_command().former_causes(message.fingerprint())


def test_words_and_the_order_of_items_do_not_make_another_shortage() -> None:
    """Items are numbered and reasons are words: the key is what the message states of the lines."""
    data = json.loads(example("short").payload)
    first = data["items"][0]
    second = first | {"lineNumber": 2, "sku": "SKU-002"}
    lines = [first, second]
    reworded = [each | {"reason": "Inventory  discrepancy!"} for each in reversed(lines)]

    def parse(**fields: Any) -> ShortOrder:
        return message(**fields).to_command()

    def message(**fields: Any) -> Short:
        return Short.parse(json.dumps(data | fields).encode(), STATED_AT)

    assert parse(items=lines).cause == parse(items=reworded).cause
    assert parse(items=lines).cause != parse(items=[first]).cause
    assert parse(items=lines).cause != parse(items=lines, resolution="BACKORDER").cause
    assert former_causes(message(items=lines)) != former_causes(message(items=reworded))


def test_urgency_does_not_make_another_shortage() -> None:
    """The same content with another severity is the same shortage; at another time it is stated again."""
    message = example("short")
    first = Short.parse(message.payload, message.attributes | STATED_AT)
    again = Short.parse(message.payload, {"severity": "LOW", "timestamp": "2024-01-11T15:00:00Z"})

    assert first.fingerprint() == again.fingerprint()
    assert first.to_command().cause != again.to_command().cause
    assert former_causes(first) == former_causes(again)
    assert (first.severity, again.severity) == (Severity.HIGH, Severity.LOW)
