"""The text of a rejection names every wrong field, and stays short."""

import json

import pytest

from shared.contracts.order_create import OrderCreate
from tests.unit.contracts.contract_examples import example_of, violation


def test_every_wrong_item_of_a_list_is_named() -> None:
    """A producer corrects all lines after one answer."""
    given = example_of(OrderCreate)
    lines = [{**given.data["lineItems"][0], "lineNumber": number, "quantity": 0} for number in (1, 2, 3)]
    payload = json.dumps({**given.data, "lineItems": lines}).encode()

    text = violation(OrderCreate, payload, given.attributes)

    assert [part.split(":")[0] for part in text.split("; ")] == [
        *(f"lineItems.{index}.quantity" for index in range(3))
    ]


def test_a_list_of_a_large_payload_ends_at_its_first_wrong_item() -> None:
    """A hostile payload may have a million wrong items: the text names one."""
    given = example_of(OrderCreate)
    lines = [
        {**given.data["lineItems"][0], "lineNumber": number, "quantity": 0} for number in range(1, 2_001)
    ]
    payload = json.dumps({**given.data, "lineItems": lines}).encode()

    assert violation(OrderCreate, payload, given.attributes).count("lineItems.") == 1


@pytest.mark.parametrize("broken", ["orderId", "lineItems", "payment"])
def test_a_wrong_field_hides_no_wrong_amount(broken: str) -> None:
    """The rules of amounts are checked as far as the amounts they are about are valid."""
    given = example_of(OrderCreate)
    totals = {**given.data["totals"], "subTotal": 1.00, "total": 2.00}
    payload = json.dumps({**given.data, "totals": totals, broken: None}).encode()

    named = {part.split(":")[0] for part in violation(OrderCreate, payload, given.attributes).split("; ")}

    rules = {"totals.subTotal": "lineItems", "totals.total": "", "payment.amount": "payment"}
    assert named == {broken, *(field for field, needed in rules.items() if needed != broken)}


@pytest.mark.parametrize(
    ("wrong", "ending"), [(20, "lineItems.19.quantity"), (21, "and 1 more"), (25, "and 5 more")]
)
def test_a_long_list_of_violations_is_cut_and_counted(wrong: int, ending: str) -> None:
    """A text names twenty violations and says how many others there are."""
    given = example_of(OrderCreate)
    lines = [{**given.data["lineItems"][0], "lineNumber": 1 + each, "quantity": 0} for each in range(wrong)]
    payload = json.dumps({**given.data, "lineItems": lines}).encode()

    parts = violation(OrderCreate, payload, given.attributes).split("; ")

    assert len([each for each in parts if each.startswith("lineItems.")]) == 20
    assert parts[-1].startswith(ending)


def test_the_rules_of_amounts_count_in_the_currency_of_the_order() -> None:
    """A thousandth of a Kuwaiti dinar is an amount, also where another field is wrong."""
    given = example_of(OrderCreate)
    line = {**given.data["lineItems"][0], "quantity": 1, "unitPrice": 1.125}
    totals = {"subTotal": 1.250, "tax": 0, "shipping": 0, "discount": 0, "total": 2.000}
    payment = {"method": "CC", "amount": 2.000, "currency": "KWD"}
    order = {**given.data, "lineItems": [line], "totals": totals, "payment": payment, "orderId": None}

    text = violation(OrderCreate, json.dumps(order).encode(), given.attributes)

    assert {part.split(":")[0] for part in text.split("; ")} == {"orderId", "totals.subTotal", "totals.total"}
