import json
from typing import Any

import iso4217
import pytest

from shared.contracts.order_create import OrderCreate
from shared.contracts.payment import PaymentAuthorization
from shared.domain.create_order import CreateOrder
from shared.domain.currencies import CURRENCY_DECIMALS
from shared.errors import ContractViolation
from tests.examples import SUPPLIED, example


def order(price: Any, currency: str | None = None, shop: str = "THB") -> CreateOrder:
    """Read an order of one unit at a price, in a currency of its own or in the shop's."""
    data = example("order_create").data
    line = {**data["lineItems"][0], "quantity": 1, "unitPrice": price}
    totals = {"subTotal": price, "tax": 0, "shipping": 0, "discount": 0, "total": price}
    payment = {"method": "CC", "amount": price} | ({"currency": currency} if currency else {})
    payload = {**data, "lineItems": [line], "totals": totals, "payment": payment}
    return OrderCreate.parse(json.dumps(payload).encode(), {**SUPPLIED, "shopCurrency": shop}).to_command()


def test_the_currencies_are_those_of_iso_4217() -> None:
    """The table has every currency with minor units, and no other code."""
    assert {
        each.code: each.exponent for each in iso4217.Currency if each.exponent is not None
    } == CURRENCY_DECIMALS


@pytest.mark.parametrize(
    ("price", "currency", "minor", "decimals"),
    [(1333, "JPY", 1333, 0), (12.345, "KWD", 12345, 3), (599.99, "THB", 59999, 2), (599.99, None, 59999, 2)],
)
def test_amounts_are_minor_units_of_the_order_s_currency(
    price: float, currency: str | None, minor: int, decimals: int
) -> None:
    """ISO 4217 says how many minor units one unit has; an order without a currency is in the shop's."""
    command = order(price, currency)

    assert (command.totals.total_minor, command.line_items[0].unit_price_minor) == (minor, minor)
    assert (command.payment.currency, command.payment.decimals) == (currency or "THB", decimals)


def test_the_shop_s_currency_is_a_setting() -> None:
    """A shop in Japan sends orders in yen without saying so."""
    command = order(1333, shop="JPY")

    assert (command.payment.currency, command.payment.amount_minor) == ("JPY", 1333)


def test_decimals_that_the_currency_does_not_have_are_refused_by_field() -> None:
    """There is no half yen: every amount is named, none is shown."""
    with pytest.raises(ContractViolation) as refused:
        order(0.5, "JPY")
    assert "lineItems.0.unitPrice: must have at most 0 decimals" in str(refused.value)
    assert "payment.amount: must have at most 0 decimals" in str(refused.value)


@pytest.mark.parametrize("currency", ["ZZZ", "thb", "XAU", "XXX", "THBX"])
def test_a_currency_is_one_of_iso_4217(currency: str) -> None:
    """Unknown letters, gold and test codes have no minor units, so no amounts are in them."""
    with pytest.raises(ContractViolation, match=r"payment\.currency: must be a currency of ISO 4217"):
        order(1, currency)
    payload = example("payment_authorized").data | {"currency": currency}
    with pytest.raises(ContractViolation, match=r"^currency: must be a currency of ISO 4217"):
        PaymentAuthorization.parse(json.dumps(payload).encode(), {})


def test_a_currency_that_is_named_is_a_part_of_the_content() -> None:
    """The same order in another currency is another content, and without one it is what it always was."""
    data = example("order_create").data

    def fingerprint(**payment: str) -> str:
        payload = data | {"payment": data["payment"] | payment}
        return OrderCreate.parse(json.dumps(payload).encode(), SUPPLIED).fingerprint()

    assert len({fingerprint(), fingerprint(currency="THB"), fingerprint(currency="USD")}) == 3
