from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.contracts.substitution import Substitution
from shared.domain.cancel_order import cancel_order
from shared.domain.decision import DUPLICATE
from shared.domain.order import LinePrice, Order, OrderException
from shared.domain.reservation_events import ReservationRequested
from shared.domain.ship_order import ShipOrder, ship_order
from shared.domain.short_order import Resolution, ShortOrder, short_order
from shared.domain.substitute_item import OrderSubstituted, SubstituteItem, SubstitutionType, substitute_item
from shared.domain.substitution_price import PriceIncrease
from shared.domain.violations import (
    IncreaseMismatch,
    OriginalPriceMismatch,
    OriginalPriceNotPositive,
    OriginalPriceTooEarly,
    OverLimit,
    SkuTooEarly,
    TooManyDecimals,
    TypeMismatch,
    UnknownLine,
)
from shared.errors import Deferred
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    ORDER_ID,
    SHIPPED_AT,
    after,
    cancellation,
    changed,
    freed,
    order_of,
    parcel,
    requested,
    shortage,
    substitution,
)

LATER = SHIPPED_AT + timedelta(hours=1)
STATED_AT = {"timestamp": "2024-01-10T15:00:00Z"}
PRICES = st.integers(1, 10_000_000)


def difference(original: int, adjusted: int, **fields: object) -> PriceIncrease:
    """Return what a sender computes of two prices, some of it replaced."""
    command = substitution(original, adjusted)
    return replace(command.increase, **fields)


Command = ShortOrder | ShipOrder | SubstituteItem


def happened(order: Order, *commands: Command) -> Order:
    """Apply commands of several kinds, one after the other."""
    for each in commands:
        match each:
            case ShortOrder():
                order = after(order, short_order, each)
            case ShipOrder():
                order = after(order, ship_order, each)
            case SubstituteItem():
                order = after(order, substitute_item, each)
    return order


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


@pytest.mark.parametrize("stated", [200, 240], ids=["the ordered price", "the price of the substitute"])
def test_a_line_that_got_its_sku_back_has_its_price_whenever_the_parcel_arrives(stated: int) -> None:
    """A line is replaced, and back. The parcel may overtake both: the second price holds."""
    there = substitution(200, 240, to="B")
    back = substitution(stated, 220, sku="B", to="A", substituted_at=LATER)
    missing = shortage((1, "B", 2, 1))

    commands: list[Command] = [there, back, missing, left()]
    ends = [arrived(order_of(("A", 2, 100)), *each) for each in permutations(commands)]

    assert all(each.line_items == ends[0].line_items for each in ends)
    assert all(each.exceptions == ends[0].exceptions for each in ends)
    assert [each.code for each in ends[0].exceptions] == ["ship.shorted_units"]
    assert (ends[0].line_items[0].sku, ends[0].line_items[0].payable_minor) == ("A", 220)


def left() -> ShipOrder:
    """Ship both units of the first line as what was ordered."""
    return parcel((1, "A", 2), at=LATER + timedelta(hours=1))


def arrived(order: Order, *commands: Command) -> Order:
    """Apply commands in their order; a deferred one comes again after the others. All must be applied."""
    waiting = [*commands]
    for _ in commands:
        deferred = []
        for each in waiting:
            try:
                order = happened(order, each)
            except Deferred:
                deferred.append(each)
        waiting = deferred
    assert not waiting
    return order


def test_a_price_may_arrive_before_the_one_it_starts_from() -> None:
    """100, 115, 110, 120: each states the price before it; in any order the last one holds."""
    chain = [weighed(115, 0), weighed(110, 5, before=115), weighed(120, 9, before=110)]

    ends = {arrived(order_of(("A", 1, 100)), *each).line_items for each in permutations(chain)}

    ((line,),) = ends
    assert (line.amount_minor, [each.amount_minor for each in line.former_prices]) == (120, [110, 115])


def test_a_price_may_start_from_one_that_does_not_hold_any_more() -> None:
    """115, then 112 of the ordered price, then 110 of 115: its sender did not know of 112 yet."""
    prices = [weighed(115, 0), weighed(112, 2), weighed(110, 5, before=115)]

    ends = {arrived(order_of(("A", 1, 100)), *each).line_items for each in permutations(prices)}

    ((line,),) = ends
    assert line.amount_minor == 110


@given(st.data())
def test_substitutions_of_a_line_end_alike_in_any_order(data: st.DataObject) -> None:
    """Each starts from a sku and a price that the line has by then; the latest time holds."""
    sku, known, made = "A", [300], []
    for minute in range(data.draw(st.integers(1, 5))):
        to, before = data.draw(st.sampled_from("ABC")), data.draw(st.sampled_from(known))
        price = data.draw(st.integers(250, 360))
        at = SHIPPED_AT + timedelta(minutes=minute)
        made.append(substitution(before, price, sku=sku, to=to if to != sku else None, substituted_at=at))
        sku = to
        known.append(price)
    commands: list[Command] = [*made, shortage((1, "A", 3, 2)), parcel((1, sku, 2), at=LATER)]

    expected = arrived(order_of(("A", 3, 100)), *commands)
    found = arrived(order_of(("A", 3, 100)), *data.draw(st.permutations(commands)))

    assert replace(found, version=0) == replace(expected, version=0)
    assert (found.line_items[0].sku, found.line_items[0].amount_minor) == (sku, known[-1])


def test_a_line_that_is_not_delivered_is_substituted_in_silence() -> None:
    """It was shorted, or its order cancelled: the substitution is noted, and nothing is published."""
    order = after(order_of(("A", 1, 100), ("C", 1, 100)), short_order, shortage((1, "A", 1, 0)))

    decision = substitute_item(order, substitution(100, 110), NOW)

    assert decision.stale
    assert not decision.events
    assert changed(decision).totals == order.totals
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


def test_substitution_and_cancellation_end_alike() -> None:
    """Whichever comes first, line and timeline are the same."""
    order, heavier, cancel = order_of(("A", 1, 100)), substitution(100, 110), cancellation()

    first = after(after(order, substitute_item, heavier), cancel_order, cancel)
    last = after(after(order, cancel_order, cancel), substitute_item, heavier)

    assert replace(first, version=0) == replace(last, version=0)


@pytest.mark.parametrize("prices", list(permutations([(110, 5), (115, 0), (112, 2)])), ids=str)
def test_the_latest_weight_holds(prices: tuple[tuple[int, int], ...]) -> None:
    """115 at 13:00, 112 at 13:02, 110 at 13:05: 110 holds, whenever they arrive; all are in the timeline."""
    order = order_of(("A", 1, 100))
    for price, minutes in prices:
        order = after(order, substitute_item, weighed(price, minutes))

    assert order.line_items[0].amount_minor == 110
    assert order.line_items[0].substituted_at == SHIPPED_AT + timedelta(minutes=5)
    assert [each.at.minute for each in order.history if each.event == "order.substituted"] == [0, 2, 5]


def test_an_earlier_weight_is_stale() -> None:
    """It is in the timeline, and nothing is published."""
    order = after(order_of(("A", 1, 100)), substitute_item, weighed(110, 5))

    decision = substitute_item(order, weighed(115, 0), NOW)

    assert decision.stale
    assert not decision.events
    (line,) = changed(decision).line_items
    assert line == replace(order.line_items[0], former_prices=(LinePrice(amount_minor=115, units=1),))


def test_a_weight_that_returns_is_another_message() -> None:
    """115, 110, 115: the third is no repetition of the first."""
    first, second, third = weighed(115, 0), weighed(110, 5), weighed(115, 9)

    order = after(order_of(("A", 1, 100)), substitute_item, first, second, third)

    assert order.line_items[0].amount_minor == 115
    assert first.cause != third.cause
    assert first.former_causes == third.former_causes


@given(st.permutations([(110, "A"), (115, "A"), (115, "B"), (100, "C")]))
def test_substitutions_of_the_same_time_end_alike(made: list[tuple[int, str]]) -> None:
    """The sku, then the price and the weight decide which one holds, not the order of arrival."""
    order = order_of(("A", 1, 100))
    for price, sku in made:
        order = after(order, substitute_item, substitution(100, price, to=sku if sku != "A" else None))

    assert (order.line_items[0].sku, order.line_items[0].amount_minor) == ("C", 100)
    assert order.line_items[0].former_skus == ("B",)


def test_the_timeline_of_an_earlier_version_says_when_a_weight_was_taken() -> None:
    """Its line does not: a weight of an earlier time is stale, the one it made a duplicate."""
    order = after(order_of(("A", 1, 100)), substitute_item, weighed(110, 5))
    stored = replace(order, line_items=(replace(order.line_items[0], substituted_at=None),))

    assert substitute_item(stored, weighed(115, 0), NOW).stale
    assert substitute_item(stored, weighed(110, 5), NOW) == DUPLICATE
    assert after(stored, substitute_item, weighed(115, 9)).line_items[0].amount_minor == 115


def test_a_line_that_gets_its_sku_back_waits_for_the_same_units_in_any_order() -> None:
    """A unit comes later, the line is replaced, and back: in any order the unit is waited for."""
    ordered = order_of(("A", 3, 100), force=False)
    late = shortage((1, "A", 3, 2), resolution=Resolution.BACKORDER)
    there = substitution(300, 330, to="B")
    back = substitution(300, 315, sku="B", to="A", substituted_at=LATER)

    first = happened(ordered, late, there, back).line_items
    assert first == happened(ordered, there, late, back).line_items
    assert first == happened(ordered, there, back, late).line_items
    assert (first[0].sku, first[0].backordered) == ("A", 1)


def test_units_that_come_later_are_not_taken_by_force() -> None:
    """A line gets its sku back: the warehouse holds two of its units, and the order waits for the third."""
    order = after(
        order_of(("A", 3, 100)), short_order, shortage((1, "A", 3, 2), resolution=Resolution.BACKORDER)
    )
    order = after(order, substitute_item, substitution(300, 330, to="B"))

    decision = substitute_item(order, substitution(300, 315, sku="B", to="A", substituted_at=LATER), NOW)

    assert requested(decision) == [(True, [(1, "A", 2)]), (False, [(1, "A", 1)])]
    assert freed(decision) == [("SUBSTITUTED", [(1, "B", 3)])]


def test_a_weight_of_a_substitute_is_too_early_before_its_replacement() -> None:
    """`line.sku_too_early`: its replacement is on its way; one of the ordered sku does not wait for it."""
    order, heavier = order_of(("A", 1, 100)), substitution(110, 115, sku="B", substituted_at=LATER)
    with pytest.raises(SkuTooEarly, match=r"^originalItem\.sku: "):
        substitute_item(order, heavier, NOW)

    order = after(order, substitute_item, substitution(100, 110, to="B"))
    assert after(order, substitute_item, heavier).line_items[0].amount_minor == 115
    again = substitution(100, 105, to="C", substituted_at=LATER)
    assert after(order, substitute_item, again).line_items[0].sku == "C"


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


def weighed(price: int, minutes: int, *, before: int = 100) -> SubstituteItem:
    """Weigh the first line, which was to cost 100, some minutes after the hour."""
    return substitution(before, price, substituted_at=SHIPPED_AT + timedelta(minutes=minutes))


def test_prices_are_minor_units_of_the_order_s_currency() -> None:
    """1,000 yen are 1,000 minor units; there is no half yen."""
    order = order_of(("A", 1, 1000))
    yen = replace(order, payment=replace(order.payment, currency="JPY", decimals=0))
    command = substitution(100_000, 110_000)

    assert after(yen, substitute_item, command).line_items[0].amount_minor == 1100
    with pytest.raises(TooManyDecimals, match=r"^substituteItem\.adjustedPrice: ") as rejected:
        substitute_item(yen, replace(command, adjusted_price=Decimal("1100.5")), NOW)
    assert rejected.value.slug == "payment.too_many_decimals"
