"""A message is checked against its own arithmetic and compared with what was stored first."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.order_create import OrderCreate
from shared.domain.create_order import create_order
from shared.domain.order import Order
from shared.failed_messages.amount_checks import check_amounts
from shared.failed_messages.comparison import compare
from tests import messages
from tests.unit.failed_messages.failed_messages import NOW

Amounts = st.decimals(min_value=0, max_value=10_000, places=2)


def broken(payload: Any) -> list[tuple[str, str, str]]:
    """Return field, given and expected number of the rules that a payload breaks."""
    exact = json.loads(json.dumps(payload, default=str), parse_float=Decimal)
    found = check_amounts(exact)
    return [(each.field, str(each.given), str(each.expected)) for each in found if not each.holds]


def text(payload: Any) -> str:
    """Write a payload as the console shows it."""
    return json.dumps(payload, indent=2)


def stored_order() -> Order:
    """Return the order that the example message creates."""
    payload = messages.order()
    contract = OrderCreate.parse(json.dumps(payload).encode(), {"shopCurrency": "THB"})
    (change,) = create_order(None, contract.to_command(), NOW).changes
    assert isinstance(change, Order)
    return change


def test_every_wrong_amount_is_shown_at_once() -> None:
    """Subtotal, total and payment are checked apart, though the function stops at the first."""
    payload = messages.order()
    payload["totals"] |= {"subTotal": 1, "total": 2}
    payload["payment"] |= {"amount": 3}
    assert [field for field, *_ in broken(payload)] == ["totals.subTotal", "totals.total", "payment.amount"]
    assert broken(messages.order()) == []


@given(
    lines=st.lists(st.tuples(st.integers(1, 50), Amounts), min_size=1, max_size=5),
    charges=st.tuples(Amounts, Amounts, Amounts),
    wrong_by=Amounts,
)
def test_the_expected_total_is_exact(
    lines: list[tuple[int, Decimal]], charges: tuple[Decimal, Decimal, Decimal], wrong_by: Decimal
) -> None:
    """The expected amounts follow from the lines, to the last digit."""
    tax, shipping, discount = charges
    sub_total = sum((number * price for number, price in lines), start=Decimal(0))
    totals = {
        "subTotal": sub_total,
        "tax": tax,
        "shipping": shipping,
        "discount": discount,
        "total": sub_total + tax + shipping - discount + wrong_by,
    }
    payload = {"lineItems": [{"quantity": n, "unitPrice": p} for n, p in lines], "totals": totals}
    failing = [each for each in check_amounts(payload) if not each.holds]
    assert [each.field for each in failing] == (["totals.total"] if wrong_by else [])
    assert all(each.given - each.expected == wrong_by for each in failing)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"totals": 5, "payment": [], "lineItems": "x", "items": [1]},
        {"totals": {"subTotal": True, "total": "12"}, "lineItems": [{"quantity": None}]},
        {"totals": {"subTotal": 1e300, "tax": 1, "shipping": 1, "discount": 1, "total": 1}},
        {"items": [{"orderedQty": 2, "availableQty": "many", "shortQty": 1}]},
    ],
)
def test_unreadable_amounts_are_left_out(payload: Any) -> None:
    """What is no number of a reasonable size is not checked, and fails nothing."""
    assert broken(payload) == []


def test_a_shortage_and_a_price_increase_are_checked() -> None:
    """The other rules of arithmetic are named with their place."""
    assert broken({"items": [{"orderedQty": 5, "availableQty": 2, "shortQty": 4}]}) == [
        ("items.0.shortQty", "4", "3")
    ]
    substitution = {
        "originalItem": {"orderedPrice": 100},
        "substituteItem": {"adjustedPrice": 110},
        "priceIncrease": {"amount": 5},
    }
    assert broken(substitution) == [("priceIncrease.amount", "5", "10")]


def test_a_conflict_shows_the_fields_that_differ() -> None:
    """The order as it was first created is compared with the second message, field by field."""
    second = messages.order()
    second["lineItems"][0]["quantity"] += 1
    comparison = compare("order-create", text(second), stored_order())
    (difference,) = comparison.differences
    assert difference.field.endswith(".quantity")
    assert int(difference.given) == int(difference.stored) + 1
    assert compare("order-create", text(messages.order()), stored_order()).differences == ()


@pytest.mark.parametrize("shown", [None, "not JSON", "[1]", '"text"'])
def test_what_is_not_an_object_is_not_compared(shown: str | None) -> None:
    """A payload without fields has nothing to compare."""
    comparison = compare("order-create", shown, stored_order())
    assert (comparison.checks, comparison.fields) == ((), ())
