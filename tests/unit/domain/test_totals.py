from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.totals import NOTHING, gross_total_minor, totals_of, unauthorized_minor
from tests.unit.domain.fulfilling import authorized, order_of

PRICES = st.integers(0, 10_000_000)
QUANTITIES = st.integers(1, 1000)


def test_totals_follow_the_lines_and_keep_the_charges() -> None:
    """A shorted unit costs nothing; shipping stays as long as anything is delivered."""
    order = order_of(("A", 2, 100), ("B", 1, 30))
    first, second = order.line_items

    totals = totals_of((replace(first, shorted=1), second), order.totals)

    assert (totals.sub_total_minor, totals.shipping_minor, totals.total_minor) == (130, 50, 180)


def test_nothing_delivered_costs_nothing() -> None:
    """When every unit is shorted or cancelled, neither charges nor discount remain."""
    order = order_of(("A", 2, 100), discount=10)

    assert totals_of((replace(order.line_items[0], shorted=1, cancelled=1),), order.totals) == NOTHING


def test_a_discount_larger_than_the_rest_does_not_pay_the_customer() -> None:
    """The total stops at zero."""
    order = order_of(("A", 2, 100), discount=200)

    totals = totals_of((replace(order.line_items[0], shorted=1),), order.totals)

    assert (totals.sub_total_minor, totals.total_minor) == (100, 0)


def test_what_is_not_authorised_yet_is_never_negative() -> None:
    """An order of 250 lacks 250, then 50, then nothing."""
    order = order_of(("A", 2, 100))

    assert [unauthorized_minor(each) for each in (order, authorized(order, 200), authorized(order, 300))] == [
        250,
        50,
        0,
    ]


def test_the_gross_total_counts_what_is_shorted() -> None:
    """Shorted units count in full in what the order costs at its present prices."""
    order = order_of(("A", 2, 100))
    shorted = replace(order, line_items=(replace(order.line_items[0], shorted=1),))

    assert gross_total_minor(shorted) == gross_total_minor(order) == 250


@given(PRICES, QUANTITIES, st.data())
def test_what_is_payable_is_exact_to_half_a_minor_unit(
    price: int, quantity: int, data: st.DataObject
) -> None:
    """A line's payable amount is its kept share, rounded half up, and never leaves its bounds."""
    kept = data.draw(st.integers(0, quantity))
    line = order_of(("A", quantity, 1)).line_items[0]

    payable = replace(line, amount_minor=price, shorted=quantity - kept).payable_minor

    assert 0 <= payable <= price
    assert -quantity < 2 * (payable * quantity - price * kept) <= quantity
