from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.contracts.substitution import Substitution
from shared.domain.order import OrderStatus
from shared.domain.reservation_events import ReservationRequested
from shared.domain.ship_order import ship_order
from shared.domain.short_order import short_order
from shared.domain.substitute_item import OrderSubstituted, SubstituteItem, SubstitutionType, substitute_item
from shared.domain.substitution_price import PriceIncrease
from shared.domain.violations import (
    AlreadyShipped,
    IllegalMove,
    IncreaseMismatch,
    NothingToSubstitute,
    OriginalPriceMismatch,
    OriginalPriceNotPositive,
    OverLimit,
    SkuMismatch,
    TypeMismatch,
    UnknownLine,
)
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    ORDER_ID,
    SHIPPED_AT,
    after,
    changed,
    freed,
    in_status,
    order_of,
    parcel,
    shortage,
    substitution,
)

TOLD_AT = {"timestamp": "2024-01-10T15:00:00Z"}
PRICES = st.integers(1, 10_000_000)


def difference(original: int, adjusted: int, **fields: object) -> PriceIncrease:
    """Return what a sender computes of two prices, some of it replaced."""
    command = substitution(original, adjusted)
    return replace(command.increase, **fields)


def test_the_example_of_the_requirements_adjusts_line_and_totals() -> None:
    """The message of requirements 4.2: heavier meat costs 15.00 more, which is told."""
    message = example("substitution")
    command = replace(
        Substitution.parse(message.payload, message.attributes | TOLD_AT).to_command(), order_id=ORDER_ID
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
            substitution_type=SubstitutionType.WEIGHT_ADJUSTMENT,
            line_number=1,
            original_sku="MEAT-001",
            substitute_sku="MEAT-001",
            ordered_price_minor=10000,
            adjusted_price_minor=11500,
            price_difference_minor=1500,
            substituted_at=SHIPPED_AT,
        ),
    )


@pytest.mark.parametrize("adjusted", [12000, 10000, 9000, 0])
def test_twenty_percent_and_every_decrease_are_allowed(adjusted: int) -> None:
    """20 % more is allowed exactly; the same price and any lower one too."""
    order = after(order_of(("A", 1, 10000)), substitute_item, substitution(10000, adjusted))

    assert order.totals.sub_total_minor == adjusted


def test_one_satang_more_than_twenty_percent_is_rejected() -> None:
    """`substitution.over_limit`: the limit is exact."""
    with pytest.raises(OverLimit) as rejected:
        substitute_item(order_of(("A", 1, 10000)), substitution(10000, 12001), NOW)
    assert rejected.value.slug == "substitution.over_limit"


def test_two_substitutions_do_not_add_up_beyond_the_limit() -> None:
    """`substitution.over_limit`: the limit counts from what was ordered."""
    order = after(order_of(("A", 1, 10000)), substitute_item, substitution(10000, 11500))

    with pytest.raises(OverLimit):
        substitute_item(order, substitution(11500, 12001), NOW)
    assert after(order, substitute_item, substitution(11500, 12000)).totals.sub_total_minor == 12000


@given(PRICES, st.integers(0, 20_000_000))
def test_the_limit_is_exact(price: int, adjusted: int) -> None:
    """For any two prices, exactly those are rejected whose increase is more than a fifth."""
    order = order_of(("A", 1, price))
    if Fraction(adjusted - price, price) > Fraction(1, 5):
        with pytest.raises(OverLimit):
            substitute_item(order, substitution(price, adjusted), NOW)
    else:
        assert after(order, substitute_item, substitution(price, adjusted)).totals.sub_total_minor == adjusted


@pytest.mark.parametrize("price", [0, -10000])
def test_an_original_price_of_nothing_is_rejected(price: int) -> None:
    """`substitution.original_price`: nothing can be said of an increase over zero or less."""
    with pytest.raises(OriginalPriceNotPositive) as rejected:
        substitute_item(order_of(("A", 1, 10000)), substitution(price, 10000), NOW)
    assert rejected.value.slug == "substitution.original_price"


def test_a_gift_has_no_substitute() -> None:
    """`substitution.original_price`: neither for a line that costs nothing."""
    with pytest.raises(OriginalPriceNotPositive):
        substitute_item(order_of(("A", 1, 0)), substitution(1, 1), NOW)


def test_another_original_price_is_rejected() -> None:
    """`substitution.price_mismatch`: the sender does not say what was ordered."""
    with pytest.raises(OriginalPriceMismatch) as rejected:
        substitute_item(order_of(("A", 1, 10000)), substitution(10001, 10500), NOW)
    assert rejected.value.slug == "substitution.price_mismatch"


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("amount", {"amount_minor": 1499}),
        ("percentage", {"percentage": Decimal("15.1")}),
        ("withinLimit", {"within_limit": False}),
    ],
)
def test_what_the_sender_computed_is_checked(field: str, told: dict[str, object]) -> None:
    """`substitution.increase_mismatch`: amount, percentage and limit are what the prices say, or rejected."""
    command = substitution(10000, 11500, increase=difference(10000, 11500, **told))
    with pytest.raises(IncreaseMismatch, match=field) as rejected:
        substitute_item(order_of(("A", 1, 10000)), command, NOW)
    assert rejected.value.slug == "substitution.increase_mismatch"


def test_the_sender_s_word_does_not_lift_the_limit() -> None:
    """`substitution.over_limit`: `withinLimit: true` is not trusted."""
    command = substitution(10000, 12500)
    assert command.increase.within_limit
    with pytest.raises(OverLimit):
        substitute_item(order_of(("A", 1, 10000)), command, NOW)


@given(PRICES, PRICES, st.integers(1, 6))
def test_a_percentage_may_be_rounded_to_any_decimals(price: int, adjusted: int, places: int) -> None:
    """However a sender rounds, from one decimal on, the percentage is recognised."""
    assume(5 * adjusted <= 6 * price)
    percentage = round(Decimal((adjusted - price) * 100) / price, places)
    command = substitution(price, adjusted, increase=difference(price, adjusted, percentage=percentage))

    assert after(order_of(("A", 1, price)), substitute_item, command).totals.sub_total_minor == adjusted


def test_another_sku_takes_the_place_of_the_ordered_one() -> None:
    """The line keeps what was ordered; the original is given back, the substitute taken by force."""
    decision = substitute_item(order_of(("A", 2, 100)), substitution(200, 220, to="B"), NOW)

    line = changed(decision).line_items[0]
    assert (line.sku, line.ordered_sku, line.amount_minor) == ("B", "A", 220)
    assert freed(decision) == [("SUBSTITUTED", [(1, "A", 2)])]
    request = decision.events[-1]
    assert isinstance(request, ReservationRequested)
    assert (request.force, request.items[0].sku, request.items[0].quantity) == (True, "B", 2)
    assert request.reservation_id == f"O-1:substitution:1:{'0' * 32}"


def test_a_weight_may_be_told_after_the_parcel_left() -> None:
    """The parcel's message may be the faster one; the price follows."""
    order = after(order_of(("A", 1, 100)), ship_order, parcel((1, "A", 1)))

    assert after(order, substitute_item, substitution(100, 110)).totals.sub_total_minor == 110


def test_shipped_goods_are_not_replaced() -> None:
    """`substitution.already_shipped`: what left stays what it is."""
    order = after(order_of(("A", 2, 100)), ship_order, parcel((1, "A", 1)))
    with pytest.raises(AlreadyShipped) as rejected:
        substitute_item(order, substitution(200, 200, to="B"), NOW)
    assert rejected.value.slug == "substitution.already_shipped"


def test_a_shorted_line_is_not_substituted() -> None:
    """`substitution.nothing_left`: no unit of the line is delivered."""
    order = after(order_of(("A", 1, 100), ("B", 1, 100)), short_order, shortage((1, "A", 1, 0)))
    with pytest.raises(NothingToSubstitute) as rejected:
        substitute_item(order, substitution(100, 100), NOW)
    assert rejected.value.slug == "substitution.nothing_left"


@pytest.mark.parametrize(
    "command",
    [
        substitution(100, 100, substitution_type=SubstitutionType.ITEM_REPLACEMENT),
        substitution(100, 100, to="B", substitution_type=SubstitutionType.WEIGHT_ADJUSTMENT),
    ],
    ids=["replaced by itself", "another sku by weight"],
)
def test_type_and_sku_agree(command: SubstituteItem) -> None:
    """`substitution.type_mismatch`: a weight adjustment keeps the sku, a replacement changes it."""
    with pytest.raises(TypeMismatch) as rejected:
        substitute_item(order_of(("A", 1, 100)), command, NOW)
    assert rejected.value.slug == "substitution.type_mismatch"


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the order does not have the line."""
    with pytest.raises(UnknownLine):
        substitute_item(order_of(("A", 1, 100)), substitution(100, 100, line=2), NOW)


def test_another_original_sku_is_rejected() -> None:
    """`line.sku_mismatch`: the line is of another sku."""
    with pytest.raises(SkuMismatch):
        substitute_item(order_of(("A", 1, 100)), substitution(100, 100, sku="B"), NOW)


def test_a_cancelled_order_is_not_substituted() -> None:
    """`order.illegal.cancelled.substitute`."""
    order = in_status(order_of(("A", 1, 100)), OrderStatus.CANCELLED)
    with pytest.raises(IllegalMove) as rejected:
        substitute_item(order, substitution(100, 100), NOW)
    assert rejected.value.slug == "order.illegal.cancelled.substitute"
