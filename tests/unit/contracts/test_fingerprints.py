"""A fingerprint states what a message says, not in which order it lists numbered things, nor its words."""

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
def test_what_means_nothing_is_no_other_content(
    contract: type[Contract], data: dict[str, Any], again: dict[str, Any]
) -> None:
    """The fingerprint is the same, and a claim of the message as it was written is recognised, too."""
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
def test_what_means_something_is_other_content(
    contract: type[Contract], data: dict[str, Any], other: dict[str, Any]
) -> None:
    """It conflicts with the first message."""
    assert not parse(contract, data | other).has_fingerprint(parse(contract, data).fingerprint())


def test_an_order_with_an_expired_claim_is_a_duplicate_in_any_order_of_lines() -> None:
    """Its content is compared with the stored order."""
    first = OrderCreate.parse(json.dumps(ORDER).encode(), SUPPLIED).to_command()
    turned = ORDER | {"lineItems": ORDER["lineItems"][::-1]}
    (order,) = create_order(None, first, NOW).changes
    assert isinstance(order, Order)

    again = OrderCreate.parse(json.dumps(turned).encode(), SUPPLIED).to_command()
    assert create_order(order, again, NOW) == DUPLICATE
