"""Claims of earlier releases recognise a redelivery: the same content has the same fingerprint."""

import json
from hashlib import sha256
from typing import Any

import pytest

from shared.contracts.contract import Contract
from shared.contracts.inventory import InventoryUpdate, Reservation, StockFreed
from shared.contracts.order_cancel import OrderCancel
from shared.contracts.order_create import OrderCreate
from shared.contracts.order_release import OrderRelease
from shared.contracts.payment import PaymentAuthorization, PaymentCapture, PaymentRefund
from shared.contracts.ship import Ship
from shared.contracts.short import Short
from shared.contracts.substitution import Substitution
from tests.examples import FOLDER, SUPPLIED, example

STORED: dict[str, str] = json.loads((FOLDER / "stored" / "fingerprints.json").read_text())
CONTRACTS: dict[str, type[Contract]] = {
    "order_create": OrderCreate,
    "payment_authorized": PaymentAuthorization,
    "payment_captured": PaymentCapture,
    "payment_refunded": PaymentRefund,
    "substitution": Substitution,
    "ship": Ship,
    "short": Short,
    "inventory_update": InventoryUpdate,
    "reservation": Reservation,
    "stock_freed": StockFreed,
    "order_cancel": OrderCancel,
    "order_release": OrderRelease,
}


@pytest.mark.parametrize("name", STORED)
def test_an_example_has_the_fingerprint_that_was_stored(name: str) -> None:
    """What an earlier release processed is recognised, not rejected as a conflict."""
    given = example(name)
    attributes = {"timestamp": "2024-01-10T15:00:00Z", **given.attributes, **SUPPLIED}

    assert CONTRACTS[name].parse(given.payload, attributes).has_fingerprint(STORED[name])


def test_the_last_release_recognises_the_claim_of_a_step_with_fields_that_it_lacks() -> None:
    """It ignores them; until the upgrade is complete, it may get the redelivery of a step processed here."""
    step = example("reservation").data
    later = {"answer": 2, "movedFrom": "2024-01-10T13:00:00Z"}

    fingerprints = {_parse_step(each).fingerprint() for each in (step, step | later)}

    assert fingerprints == {STORED["reservation"]}
    assert _parse_step(step | {"locationId": "LOC-2"}).fingerprint() not in fingerprints


def test_a_fingerprint_of_every_field_of_a_step_is_recognised() -> None:
    """The functions stored such fingerprints between the releases."""
    step = _parse_step(example("reservation").data)
    stored = sha256(step.model_dump_json(by_alias=True).encode()).hexdigest()[:32]

    assert stored != step.fingerprint()
    assert step.has_fingerprint(stored)


def _parse_step(data: dict[str, Any]) -> Reservation:
    return Reservation.parse(json.dumps(data).encode(), {})
