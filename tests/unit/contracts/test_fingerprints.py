"""A fingerprint covers the facts of a message: neither the order of items nor words for people count."""

import json
from hashlib import sha256
from typing import Any

import pytest

from shared.contracts.contract import Contract
from shared.contracts.inventory import InventoryUpdate
from shared.contracts.order_create import OrderCreate
from shared.contracts.payment import PaymentRefund
from shared.domain.create_order import create_order
from shared.domain.decision import DUPLICATE
from shared.domain.order import Order
from tests.examples import SUPPLIED, example
from tests.lab.stack.demo import messages as write
from tests.unit.domain.fulfilling import NOW

ORDER = write.order("O-1", write.line(1, "A", 1, 10.00), write.line(2, "B", 1, 20.00), customer="CUST-1")
COUNT = example("inventory_update").data
REFUND = example("payment_refunded").data


def parse(contract: type[Contract], data: dict[str, Any]) -> Contract:
    """Parse a payload with what the processor supplies."""
    return contract.parse(json.dumps(data).encode(), SUPPLIED)


@pytest.mark.parametrize(
    ("contract", "data", "again"),
    [
        (OrderCreate, ORDER, {"lineItems": ORDER["lineItems"][::-1]}),
        (PaymentRefund, REFUND, {"reason": "goods damaged!"}),
        (InventoryUpdate, COUNT, {"reason": "Cycle count, again"}),
    ],
    ids=["lines of an order", "reason of a refund", "reason of a count"],
)
def test_order_of_items_and_words_do_not_change_the_content(
    contract: type[Contract], data: dict[str, Any], again: dict[str, Any]
) -> None:
    """The fingerprint is the same, and earlier releases' fingerprint of the message is recognised, too."""
    message = parse(contract, data | again)
    written = sha256(message.model_dump_json(by_alias=True).encode()).hexdigest()[:32]

    assert message.fingerprint() == parse(contract, data).fingerprint()
    assert message.has_fingerprint(written)


@pytest.mark.parametrize(
    ("contract", "data", "other"),
    [
        (OrderCreate, ORDER, {"shipFromLocationId": "LOC-BKK-002"}),
        (PaymentRefund, REFUND, {"amount": 1.00}),
        (InventoryUpdate, COUNT, {"onHand": 1}),
    ],
    ids=["order", "refund", "count"],
)
def test_another_fact_is_other_content(
    contract: type[Contract], data: dict[str, Any], other: dict[str, Any]
) -> None:
    """The fingerprint differs, so the message conflicts with the first one."""
    assert not parse(contract, data | other).has_fingerprint(parse(contract, data).fingerprint())


def test_an_order_with_an_expired_claim_is_a_duplicate_in_any_order_of_lines() -> None:
    """Its content is compared with the stored order."""
    first = OrderCreate.parse(json.dumps(ORDER).encode(), SUPPLIED).to_command()
    turned = ORDER | {"lineItems": ORDER["lineItems"][::-1]}
    (order,) = create_order(None, first, NOW).changes
    assert isinstance(order, Order)

    again = OrderCreate.parse(json.dumps(turned).encode(), SUPPLIED).to_command()
    assert create_order(order, again, NOW) == DUPLICATE
