from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.contracts.substitution import Substitution
from shared.domain.cancel_order import cancel_order
from shared.domain.decision import DUPLICATE
from shared.domain.order import OrderException
from shared.domain.reservation_events import ReservationRequested
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Resolution, short_order
from shared.domain.substitute_item import OrderSubstituted, SubstituteItem, SubstitutionType, substitute_item
from shared.domain.violations import (
    SkuTooEarly,
    TypeMismatch,
    UnknownLine,
)
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    ORDER_ID,
    SHIPPED_AT,
    after,
    cancellation,
    changed,
    event_types,
    freed,
    order_of,
    parcel,
    requested,
    shortage,
    substitution,
)

LATER = SHIPPED_AT + timedelta(hours=1)
STATED_AT = {"timestamp": "2024-01-10T15:00:00Z"}


def test_the_example_of_the_requirements_adjusts_line_and_totals() -> None:
    """The message of requirements 4.2: heavier meat costs 15.00 more, and an event says so."""
    message = example("substitution")
    command = replace(
        Substitution.parse(message.payload, message.attributes | STATED_AT).to_command(), order_id=ORDER_ID
    )

    decision = substitute_item(order_of(("MEAT-001", 1, 10000)), command, NOW)

    order = changed(decision)
    line = order.line_items[0]
    assert (line.sku, line.ordered_sku, line.amount_minor, line.actual_weight_grams) == (
        "MEAT-001",
        None,
        11500,
        1150,
    )
    assert order.totals.total_minor == 11500 + 50
    assert decision.events == (
        OrderSubstituted(
            ordering_key="CUST-1",
            order_id="O-1",
            occurred_at=SHIPPED_AT,
            substitution_type=SubstitutionType.WEIGHT_ADJUSTMENT,
            line_number=1,
            original_sku="MEAT-001",
            substitute_sku="MEAT-001",
            priced_units=1,
            ordered_price_minor=10000,
            adjusted_price_minor=11500,
            price_difference_minor=1500,
            discrepancies=(),
            substituted_at=SHIPPED_AT,
        ),
    )


def test_another_sku_takes_the_place_of_the_ordered_one() -> None:
    """The line keeps what was ordered; the original is released, the substitute reserved by force."""
    decision = substitute_item(order_of(("A", 2, 100)), substitution(200, 220, to="B"), NOW)

    line = changed(decision).line_items[0]
    assert (line.sku, line.ordered_sku, line.amount_minor) == ("B", "A", 220)
    assert freed(decision) == [("SUBSTITUTED", [(1, "A", 2)])]
    request = decision.events[-1]
    assert isinstance(request, ReservationRequested)
    assert (request.force, request.items[0].sku, request.items[0].quantity) == (True, "B", 2)
    assert request.reservation_id == f"O-1:substitution:1:{'0' * 32}:{SHIPPED_AT.isoformat()}"


def test_a_weight_may_arrive_after_the_parcel_left() -> None:
    """The parcel's message may be the faster one; the price follows."""
    order = after(order_of(("A", 1, 100)), ship_order, parcel((1, "A", 1)))

    assert after(order, substitute_item, substitution(100, 110)).totals.sub_total_minor == 110


def test_shipped_goods_are_not_replaced() -> None:
    """`substitution.already_shipped`, an exception: what left stays what it is."""
    order = after(order_of(("A", 2, 100)), ship_order, parcel((1, "A", 1)))

    decision = substitute_item(order, substitution(200, 220, to="B"), NOW)

    line = changed(decision).line_items[0]
    assert (line.sku, line.amount_minor, line.former_skus) == ("A", 200, ("B",))
    assert changed(decision).exceptions == (
        OrderException(at=SHIPPED_AT, code="substitution.already_shipped", ref="1"),
    )
    assert not decision.stale
    assert substitute_item(changed(decision), substitution(200, 220, to="B"), NOW) == DUPLICATE


@pytest.mark.parametrize(
    ("close", "command"),
    [(cancel_order, cancellation(1)), (short_order, shortage((1, "A", 2, 0)))],
    ids=["cancelled", "shorted"],
)
def test_consumers_know_the_price_of_units_that_left_before_their_line_was_closed(
    close: Any, command: Any
) -> None:
    """The line's cancellation or shortage arrives first, then its substitution, and then the parcel."""
    order = after(order_of(("A", 2, 100), ("C", 1, 100)), close, command)

    decision = substitute_item(order, substitution(200, 220), NOW)

    assert changed(decision).totals == order.totals
    assert event_types(decision) == ["order.substituted"]
    shipped = changed(ship_order(changed(decision), parcel((1, "A", 2)), NOW))
    assert shipped.line_items[0].payable_minor == 220


def test_a_cancelled_order_is_substituted_in_silence() -> None:
    """The substitution is noted, and nothing is published: only `order.shipped` follows `order.cancelled`."""
    order = after(order_of(("A", 1, 100)), cancel_order, cancellation())

    decision = substitute_item(order, substitution(100, 110), NOW)

    assert decision.stale
    assert not decision.events
    assert changed(decision).line_items[0].amount_minor == 110


def test_stock_learns_of_a_substitute_that_is_not_needed() -> None:
    """The line was cancelled, or replaced by a later substitution: a parcel may come all the same."""
    closed = after(order_of(("A", 2, 100)), cancel_order, cancellation())
    replaced = after(order_of(("A", 2, 100)), substitute_item, substitution(200, 200, to="C"))
    earlier = substitution(200, 200, to="B", substituted_at=SHIPPED_AT - timedelta(hours=1))

    for order in (closed, replaced):
        decision = substitute_item(order, earlier, NOW)
        assert decision.stale
        assert requested(decision) == [(True, [(1, "B", 2)])]
        assert freed(decision) == [("SUBSTITUTED", [(1, "B", 2)])]


def test_units_that_come_later_are_not_taken_by_force() -> None:
    """A line gets its sku back: the warehouse holds two of its units, and the order waits for the third."""
    order = after(
        order_of(("A", 3, 100)), short_order, shortage((1, "A", 3, 2), resolution=Resolution.BACKORDER)
    )
    order = after(order, substitute_item, substitution(300, 330, to="B"))

    decision = substitute_item(order, substitution(300, 315, sku="B", to="A", substituted_at=LATER), NOW)

    assert requested(decision) == [(True, [(1, "A", 2)]), (False, [(1, "A", 1)])]
    assert freed(decision) == [("SUBSTITUTED", [(1, "B", 3)])]


@pytest.mark.parametrize(
    "command",
    [
        substitution(100, 100, substitution_type=SubstitutionType.ITEM_REPLACEMENT),
        substitution(100, 100, to="B", substitution_type=SubstitutionType.WEIGHT_ADJUSTMENT),
    ],
    ids=["the same sku", "another sku by weight"],
)
def test_type_and_sku_agree(command: SubstituteItem) -> None:
    """`substitution.type_mismatch`: a weight adjustment keeps the sku, a replacement changes it."""
    with pytest.raises(TypeMismatch) as rejected:
        substitute_item(order_of(("A", 1, 100)), command, NOW)
    assert rejected.value.slug == "substitution.type_mismatch"


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the order does not have the line."""
    with pytest.raises(UnknownLine, match=r"^originalItem\.lineNumber: "):
        substitute_item(order_of(("A", 1, 100)), substitution(100, 100, line=2), NOW)


def test_another_original_sku_is_deferred_though_something_left() -> None:
    """`line.sku_too_early`: the line may have had the sku before the parcel left."""
    order = after(order_of(("A", 1, 100)), ship_order, parcel((1, "A", 1)))
    with pytest.raises(SkuTooEarly, match=r"^originalItem\.sku: "):
        substitute_item(order, substitution(100, 100, sku="B"), NOW)
