"""What a substitution may cost: the limit, the price it starts from, and the units it is for."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.short_order import short_order
from shared.domain.substitute_item import OrderSubstituted, substitute_item
from shared.domain.substitution_price import PriceIncrease
from shared.domain.violations import (
    IncreaseMismatch,
    OriginalPriceMismatch,
    OriginalPriceNotPositive,
    OriginalPriceTooEarly,
    OverLimit,
    TooManyDecimals,
)
from shared.errors import Deferred
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    changed,
    happened,
    order_of,
    parcel,
    shortage,
    substitution,
)

LATER = SHIPPED_AT + timedelta(hours=1)
PRICES = st.integers(1, 10_000_000)


def difference(original: int, adjusted: int, **fields: object) -> PriceIncrease:
    """Return what a sender computes of two prices, some of it replaced."""
    command = substitution(original, adjusted)
    return replace(command.increase, **fields)


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
        substitute_item(order, substitution(11500, 12001, substituted_at=LATER), NOW)
    within = substitution(11500, 12000, substituted_at=LATER)
    assert after(order, substitute_item, within).totals.sub_total_minor == 12000


@given(PRICES, st.integers(0, 20_000_000))
def test_the_limit_is_exact(price: int, adjusted: int) -> None:
    """Of any two prices: an increase is rejected only if it is more than a fifth."""
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


def test_another_original_price_is_deferred() -> None:
    """`substitution.price_mismatch`: the substitution that gave the line this price may be on its way."""
    with pytest.raises(OriginalPriceMismatch, match=r"^originalItem\.orderedPrice: ") as deferred:
        substitute_item(order_of(("A", 1, 10000)), substitution(10001, 10500), NOW)
    assert deferred.value.slug == "substitution.price_mismatch"
    assert isinstance(deferred.value, Deferred)


def test_amounts_that_contradict_each_other_are_rejected() -> None:
    """`substitution.increase_mismatch`: the increase is not the difference of the prices."""
    command = substitution(10000, 11500, increase=difference(10000, 11500, amount=Decimal("14.99")))
    with pytest.raises(IncreaseMismatch, match="amount") as rejected:
        substitute_item(order_of(("A", 1, 10000)), command, NOW)
    assert rejected.value.slug == "substitution.increase_mismatch"


@pytest.mark.parametrize(
    ("increase", "discrepancies"),
    [
        ({}, ()),
        ({"percentage": Decimal("15.9")}, ("priceIncrease.percentage",)),
        ({"percentage": Decimal(-3)}, ("priceIncrease.percentage",)),
        ({"within_limit": False}, ("priceIncrease.withinLimit",)),
        (
            {"percentage": Decimal(15), "within_limit": False},
            ("priceIncrease.percentage", "priceIncrease.withinLimit"),
        ),
    ],
    ids=["right", "truncated", "nonsense", "said to be beyond the limit", "both"],
)
def test_a_price_within_the_limit_holds_whatever_the_sender_computed(
    increase: dict[str, object], discrepancies: tuple[str, ...]
) -> None:
    """15.99 % are within the limit; what the sender made of it is noted in the event."""
    command = substitution(10000, 11599)
    command = replace(
        command, increase=replace(command.increase, **{"percentage": Decimal("15.99"), **increase})
    )

    decision = substitute_item(order_of(("A", 1, 10000)), command, NOW)

    assert changed(decision).line_items[0].amount_minor == 11599
    event = decision.events[0]
    assert isinstance(event, OrderSubstituted)
    assert event.discrepancies == discrepancies


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


def test_a_price_for_what_a_shortage_left_does_not_wait_for_ever() -> None:
    """1 of 3 is short, and all three leave: the price of two is taken, before the parcel or after it."""
    order, short = order_of(("A", 3, 100)), shortage((1, "A", 3, 2))
    whole, heavier = parcel((1, "A", 3)), substitution(200, 220)

    first = happened(order, short, heavier, whole).line_items
    assert first == happened(order, short, whole, heavier).line_items
    assert first == happened(order, whole, short, heavier).line_items
    assert first[0].payable_minor == 330


@pytest.mark.parametrize("short_first", [True, False])
def test_a_price_for_what_is_left_of_a_line(short_first: bool) -> None:  # noqa: FBT001 - the case
    """1 of 3 is short; the other two cost 220 instead of 200. Before the shortage that price is too early."""
    order, heavier, short = order_of(("A", 3, 100)), substitution(200, 220), shortage((1, "A", 3, 2))
    if not short_first:
        with pytest.raises(OriginalPriceTooEarly) as early:
            substitute_item(order, heavier, NOW)
        assert early.value.slug == "substitution.price_too_early"

    decision = substitute_item(after(order, short_order, short), heavier, NOW)

    line = changed(decision).line_items[0]
    assert (line.payable_minor, line.priced_units) == (220, 2)
    event = decision.events[0]
    assert isinstance(event, OrderSubstituted)
    assert (event.priced_units, event.price_difference_minor) == (2, 20)


def test_a_price_for_the_whole_line_holds_for_what_is_left() -> None:
    """1 of 3 is short, before or after the line costs 330 instead of 300: two cost 220."""
    order, heavier, short = order_of(("A", 3, 100)), substitution(300, 330), shortage((1, "A", 3, 2))

    first = after(after(order, short_order, short), substitute_item, heavier)
    last = after(after(order, substitute_item, heavier), short_order, short)

    assert first == last
    assert first.line_items[0].payable_minor == 220


def test_a_price_may_start_from_the_present_price_of_what_is_left() -> None:
    """Two of three cost 220 now; they are to cost 230, which is the limit's business too."""
    order = after(order_of(("A", 3, 100)), substitute_item, substitution(300, 330))
    order = after(order, short_order, shortage((1, "A", 3, 2)))

    later = after(order, substitute_item, substitution(220, 230, substituted_at=LATER))

    assert later.line_items[0].payable_minor == 230
    with pytest.raises(OverLimit):
        substitute_item(order, substitution(220, 241, substituted_at=LATER), NOW)


@given(st.integers(1, 9), st.data())
def test_a_price_for_some_units_is_exact(quantity: int, data: st.DataObject) -> None:
    """Whatever is left of a line, the customer owes the new price to the satang."""
    left = data.draw(st.integers(1, quantity))
    adjusted = data.draw(st.integers(0, left * 120))
    order = order_of(("A", quantity, 100))
    if left < quantity:
        order = after(order, short_order, shortage((1, "A", quantity, left)))

    order = after(order, substitute_item, substitution(left * 100, adjusted))

    assert order.line_items[0].payable_minor == adjusted


def test_prices_are_minor_units_of_the_order_s_currency() -> None:
    """1,000 yen are 1,000 minor units; there is no half yen."""
    order = order_of(("A", 1, 1000))
    yen = replace(order, payment=replace(order.payment, currency="JPY", decimals=0))
    command = substitution(100_000, 110_000)

    assert after(yen, substitute_item, command).line_items[0].amount_minor == 1100
    with pytest.raises(TooManyDecimals, match=r"^substituteItem\.adjustedPrice: ") as rejected:
        substitute_item(yen, replace(command, adjusted_price=Decimal("1100.5")), NOW)
    assert rejected.value.slug == "payment.too_many_decimals"
