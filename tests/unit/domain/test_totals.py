from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.order import Order, Totals
from shared.domain.totals import ZERO_TOTALS, round_half_up, with_totals
from tests.unit.domain.fulfilling import order_of

PRICES = st.integers(0, 10_000_000)
QUANTITIES = st.integers(1, 1000)


def charged(*lines: tuple[str, int, int], tax: int = 0, shipping: int = 0, discount: int = 0) -> Order:
    """Return an order of lines (sku, quantity, unit price) with charges, as the storefront sent it."""
    order = order_of(*lines)
    sub_total = sum(line.amount_minor for line in order.line_items)
    totals = Totals(
        sub_total_minor=sub_total,
        tax_minor=tax,
        shipping_minor=shipping,
        discount_minor=discount,
        total_minor=sub_total + tax + shipping - discount,
    )
    return replace(order, totals=totals, ordered_totals=totals)


def cancelled(order: Order, **units: int) -> Order:
    """Cancel units of lines, by their sku, and compute the totals."""
    lines = tuple(replace(line, cancelled=units.get(line.sku, 0)) for line in order.line_items)
    return with_totals(replace(order, line_items=lines))


def test_tax_follows_the_goods() -> None:
    """1,000.00 and 100.00 with 77.00 of tax: without the first line 7.00 of tax remain."""
    totals = cancelled(charged(("A", 1, 100_000), ("B", 1, 10_000), tax=7_700), A=1).totals

    assert (totals.sub_total_minor, totals.tax_minor, totals.total_minor) == (10_000, 700, 10_700)


def test_a_discount_shrinks_with_the_goods() -> None:
    """Two of 100.00 with a discount of 100.00: one of them costs 50.00."""
    totals = cancelled(charged(("A", 2, 10_000), discount=10_000), A=1).totals

    assert (totals.discount_minor, totals.total_minor) == (5_000, 5_000)


def test_a_discount_never_grows() -> None:
    """A dearer substitute raises the tax, and leaves a voucher as it is."""
    order = charged(("A", 1, 10_000), tax=700, discount=1_000)
    dearer = replace(order.line_items[0], amount_minor=12_000)

    totals = with_totals(replace(order, line_items=(dearer,))).totals

    assert (totals.tax_minor, totals.discount_minor, totals.total_minor) == (840, 1_000, 11_840)


def test_shipping_stays_while_anything_is_delivered() -> None:
    """Shipping goes with the last unit: then the order costs nothing at all."""
    order = charged(("A", 2, 100), shipping=50, discount=10)

    assert cancelled(order, A=1).totals.shipping_minor == 50
    assert cancelled(order, A=2).totals == ZERO_TOTALS


def test_charges_of_goods_that_cost_nothing_stay() -> None:
    """There is no proportion to nothing: shipping and tax of a free sample are as ordered."""
    totals = cancelled(charged(("A", 2, 0), tax=7, shipping=50), A=1).totals

    assert (totals.tax_minor, totals.total_minor) == (7, 57)


def test_a_discount_larger_than_the_goods_does_not_pay_the_customer() -> None:
    """The total stops at zero where free goods remain and the discount was on shipping, too."""
    order = charged(("A", 1, 100), ("B", 1, 100), shipping=50, discount=250)

    assert cancelled(order, A=1).totals.total_minor == 25
    assert with_totals(order).totals.total_minor == 0


@given(
    st.lists(st.tuples(QUANTITIES, PRICES), min_size=1, max_size=5),
    st.tuples(PRICES, PRICES, PRICES),
    st.data(),
)
def test_charges_are_exact_shares_and_come_back_with_the_goods(
    goods: list[tuple[int, int]], charges: tuple[int, int, int], data: st.DataObject
) -> None:
    """Tax and discount are within half a minor unit of their share; the whole order has its own totals."""
    tax, shipping, discount = charges
    lines = [(str(number), *each) for number, each in enumerate(goods)]
    sub_total = sum(quantity * price for quantity, price in goods)
    order = charged(*lines, tax=tax, shipping=shipping, discount=min(discount, sub_total + tax + shipping))
    kept = {str(number): data.draw(st.integers(0, quantity)) for number, (quantity, _) in enumerate(goods)}

    part = cancelled(order, **{sku: line[1] - kept[sku] for sku, line in zip(kept, lines, strict=True)})

    assert with_totals(order).totals == order.totals
    assert cancelled(part).totals == order.totals
    assert part.totals.total_minor >= 0
    if sub_total and part.totals != ZERO_TOTALS:
        share = Fraction(part.totals.sub_total_minor, sub_total)
        assert abs(part.totals.tax_minor - tax * share) <= Fraction(1, 2)
        assert abs(part.totals.discount_minor - order.totals.discount_minor * share) <= Fraction(1, 2)


def test_a_half_is_rounded_up() -> None:
    """Half a satang is one."""
    assert [round_half_up(Fraction(each, 4)) for each in (1, 2, 3, 6)] == [0, 1, 1, 2]


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
