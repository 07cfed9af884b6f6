"""Shortages that are refused, or come before the message that they need."""

import pytest
from msgspec.structs import replace

from shared.contracts.short import Short
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Severity, short_order
from shared.domain.violations import (
    DuplicateShortage,
    OrderedQuantityMismatch,
    ShortArithmetic,
    SkuTooEarly,
    UnknownLine,
)
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    after,
    order_of,
    parcel,
    shortage,
)


def test_quantities_that_do_not_add_up_are_rejected() -> None:
    """`short.arithmetic`: shortQty is orderedQty less availableQty."""
    command = shortage((1, "A", 2, 1))
    with pytest.raises(ShortArithmetic) as rejected:
        short_order(
            order_of(("A", 3, 10)), shortage(items=(replace(command.items[0], available_qty=0),)), NOW
        )
    assert rejected.value.slug == "short.arithmetic"


def test_another_ordered_quantity_is_rejected() -> None:
    """`short.ordered_mismatch`: warehouse and order name different quantities."""
    with pytest.raises(OrderedQuantityMismatch) as rejected:
        short_order(order_of(("A", 3, 10)), shortage((1, "A", 2, 1)), NOW)
    assert rejected.value.slug == "short.ordered_mismatch"


def test_two_items_of_one_line_are_rejected() -> None:
    """`short.duplicate_line`: each is a snapshot of the whole line, so they contradict each other."""
    with pytest.raises(DuplicateShortage) as rejected:
        short_order(order_of(("A", 3, 10)), shortage((1, "A", 3, 2), (1, "A", 3, 2)), NOW)
    assert rejected.value.slug == "short.duplicate_line"


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the shortage is of a line the order does not have."""
    with pytest.raises(UnknownLine, match=r"^items\.lineNumber: "):
        short_order(order_of(("A", 1, 10)), shortage((2, "A", 1, 0)), NOW)


def test_another_sku_is_too_early() -> None:
    """`line.sku_too_early`: the replacement that brings the sku may be on its way."""
    with pytest.raises(SkuTooEarly, match=r"^items\.sku: ") as early:
        short_order(order_of(("A", 1, 10)), shortage((1, "B", 1, 0)), NOW)
    assert early.value.slug == "line.sku_too_early"


def test_another_sku_is_too_early_though_something_left() -> None:
    """`line.sku_too_early`: the line may have had the sku before the parcel left."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 1)))
    with pytest.raises(SkuTooEarly, match=r"^items\.sku: "):
        short_order(order, shortage((1, "B", 2, 1)), NOW)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("high", Severity.HIGH),
        (" CRITICAL ", Severity.CRITICAL),
        ("URGENT", Severity.UNKNOWN),
        ("", Severity.UNKNOWN),
    ],
)
def test_a_severity_is_advice(given: str, expected: str) -> None:
    """No spelling of it refuses a shortage."""
    short = Short.parse(example("short").payload, {"timestamp": "2024-01-10T15:00:00Z", "severity": given})

    assert short.severity == expected
