"""Every rule that a message breaks is reported in one error."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.order import Line, Totals
from shared.domain.order_amounts import amount_rules
from shared.domain.violations import OrderNotFound, SerialCount, SkuTooEarly, TotalsMismatch, UnknownLine
from shared.errors import Deferred, Rejected, raise_all

MINOR = st.integers(0, 10**9)
RULES = {
    "totals.subTotal": "the sum of quantity x unitPrice over lineItems",
    "totals.total": "subTotal + tax + shipping - discount",
    "payment.amount": "totals.total",
}
"""What the text of a rejection says that an amount must be."""


def line(number: int, amount_minor: int) -> Line:
    """Return a line of one unit."""
    return Line(
        line_number=number,
        sku="A",
        quantity=1,
        unit_price_minor=amount_minor,
        is_bundle=False,
        amount_minor=amount_minor,
    )


@given(
    prices=st.lists(MINOR, min_size=1, max_size=5),
    charges=st.fixed_dictionaries(dict.fromkeys(("tax_minor", "shipping_minor"), MINOR)),
    wrong=st.fixed_dictionaries({name: st.integers(-3, 3) for name in ("sub_total", "total", "payment")}),
)
def test_each_wrong_amount_breaks_its_own_rule(
    prices: list[int], charges: dict[str, int], wrong: dict[str, int]
) -> None:
    """A wrong total hides no wrong payment: each rule takes the other amounts as they are given."""
    lines = [line(number, price) for number, price in enumerate(prices, start=1)]
    sub_total = sum(prices) + wrong["sub_total"]
    total = sub_total + sum(charges.values()) + wrong["total"]
    totals = Totals(sub_total_minor=sub_total, discount_minor=0, total_minor=total, **charges)

    rules = list(amount_rules(lines, totals, total + wrong["payment"]))

    assert {each.field: each.rule for each in rules} == RULES
    fields = {"totals.subTotal": "sub_total", "totals.total": "total", "payment.amount": "payment"}
    assert {each.field: each.given_minor - each.expected_minor for each in rules} == {
        field: wrong[name] for field, name in fields.items()
    }


def test_the_first_violation_has_the_texts_of_all() -> None:
    """Its slug is the one that operators filter by; a text that repeats is there once."""
    found = [SerialCount(), UnknownLine("items.lineNumber"), UnknownLine("items.lineNumber")]

    with pytest.raises(SerialCount) as raised:
        raise_all(found)

    assert str(raised.value) == (
        "items.serialNumbers: must be as many as shippedQty, or none; "
        "items.lineNumber: must be a line of the order"
    )


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ([SkuTooEarly("items.sku"), TotalsMismatch("totals.total", "the sum")], Rejected),
        ([SkuTooEarly("items.sku"), OrderNotFound()], Deferred),
    ],
)
def test_a_message_that_can_never_succeed_is_not_deferred(found: list[Any], outcome: type[Exception]) -> None:
    """A broken rule outweighs everything that may still arrive."""
    with pytest.raises(outcome):
        raise_all(found)


def test_nothing_is_raised_without_a_violation() -> None:
    """A valid message goes on."""
    raise_all([])
