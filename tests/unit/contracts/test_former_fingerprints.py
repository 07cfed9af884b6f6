"""Claims of earlier releases recognise a redelivery: the same content has the same fingerprint."""

import json

import pytest

from shared.contracts.contract import Contract
from shared.contracts.order_create import OrderCreate
from shared.contracts.payment import PaymentAuthorization, PaymentCapture, PaymentRefund
from shared.contracts.substitution import Substitution
from tests.examples import FOLDER, SUPPLIED, example

STORED: dict[str, str] = json.loads((FOLDER / "stored" / "fingerprints.json").read_text())
CONTRACTS: dict[str, type[Contract]] = {
    "order_create": OrderCreate,
    "payment_authorized": PaymentAuthorization,
    "payment_captured": PaymentCapture,
    "payment_refunded": PaymentRefund,
    "substitution": Substitution,
}


@pytest.mark.parametrize("name", STORED)
def test_an_example_has_the_fingerprint_that_was_stored(name: str) -> None:
    """What an earlier release processed is recognised, not rejected as a conflict."""
    given = example(name)
    attributes = {"timestamp": "2024-01-10T15:00:00Z", **given.attributes, **SUPPLIED}

    assert CONTRACTS[name].parse(given.payload, attributes).has_fingerprint(STORED[name])
