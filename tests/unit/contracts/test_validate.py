"""`make validate` on broken files: every problem at once, with what a person needs to correct it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import messages
from tests.examples import FOLDER, example
from tests.lab.contracts.validate import main

Json = dict[str, Any]


def payload(name: str, change: Callable[[Json], object]) -> str:
    """Write an example's payload with a change."""
    data = example(name).data
    change(data)
    return json.dumps(data)


def wrapped(name: str, **attributes: str) -> str:
    """Write an example with other attributes."""
    given = example(name)
    return json.dumps({"attributes": given.attributes | attributes, "data": given.data})


def wrong_amounts(order: Json) -> None:
    """Break the total and the payment."""
    order["totals"]["total"] = 1300.00
    order["payment"]["amount"] = 1.00


def wrong_fields(order: Json) -> None:
    """Break fields in two lines, and the payment."""
    order["lineItems"] = [messages.line(1, quantity=0), messages.line(2, price=-1)]
    del order["customerId"]


def wrong_field_and_amount(order: Json) -> None:
    """Break a field that no rule of amounts is about, and an amount."""
    order["isForceAllocation"] = "yes"
    order["payment"]["amount"] = 1333.97


def wrong_shortage(short: Json) -> None:
    """State a line twice, with a sum that is wrong."""
    short["items"][0]["shortQty"] = 2
    short["items"].append(short["items"][0])


def wrong_serials(ship: Json) -> None:
    """Ship two units with three serial numbers, two of them alike."""
    ship["items"][0]["serialNumbers"] = ["SN1", "SN1", "SN2"]


def wrong_substitution(substitution: Json) -> None:
    """Call a replacement a weight adjustment, with a wrong difference."""
    substitution["substituteItem"]["sku"] = "MEAT-002"
    substitution["priceIncrease"]["amount"] = 14.00


BROKEN: dict[str, tuple[str, str, list[str]]] = {
    "a wrong total and a wrong payment": (
        "order-create",
        payload("order_create", wrong_amounts),
        [
            "totals.total: must equal subTotal + tax + shipping - discount: expected 1333.98, given 1300.00",
            "payment.amount: must equal totals.total: expected 1300.00, given 1.00",
        ],
    ),
    "wrong fields in several lines": (
        "order-create",
        payload("order_create", wrong_fields),
        [
            "customerId: Field required",
            "lineItems.0.quantity: Input should be greater than 0",
            "lineItems.1.unitPrice: Input should be greater than or equal to 0",
        ],
    ),
    "a wrong field beside a wrong amount": (
        "order-create",
        payload("order_create", wrong_field_and_amount),
        [
            "isForceAllocation: Input should be a valid boolean",
            "payment.amount: must equal totals.total: expected 1333.98, given 1333.97",
        ],
    ),
    "three decimals": (
        "order-create",
        payload("order_create", lambda order: order["lineItems"][0].update(unitPrice=599.999)),
        ["lineItems.0.unitPrice: must have at most 2 decimals"],
    ),
    "no JSON": (
        "order-create",
        '{"orderId": ',
        ["data: must be JSON in UTF-8, without duplicate keys, NaN or Infinity"],
    ),
    "attributes of another system": (
        "order-create",
        wrapped("order_create", source="SLICK", version="2.0"),
        [
            "attributes.version: must be 1.x, as the contract is",
            "attributes.source: must be one of the topic's producers (QC-SMF)",
        ],
    ),
    "a shortage": (
        "short-events",
        payload("short", wrong_shortage),
        [
            "items.lineNumber: must be unique within the shortage",
            "items.shortQty: must equal orderedQty - availableQty",
        ],
    ),
    "a parcel": (
        "ship-events",
        payload("ship", wrong_serials),
        [
            "items.serialNumbers: must be as many as shippedQty, or none",
            "items.serialNumbers: must be unique within the order",
        ],
    ),
    "a substitution": (
        "order-update",
        payload("substitution", wrong_substitution),
        [
            "substituteItem.sku: must be the original sku for WEIGHT_ADJUSTMENT, another otherwise",
            "priceIncrease.amount: must be what orderedPrice and adjustedPrice make it",
        ],
    ),
    "an authorisation": (
        "payment-authorized",
        payload("payment_authorized", lambda payment: payment.update(expiresAt="2024-01-09T00:00:00Z")),
        ["expiresAt: must be after authorizedAt"],
    ),
}


@pytest.mark.parametrize(("topic", "written", "expected"), BROKEN.values(), ids=BROKEN)
def test_every_problem_is_printed_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], topic: str, written: str, expected: list[str]
) -> None:
    """Each broken file gets one line for each field and rule, and the status 1."""
    file = tmp_path / "message.json"
    file.write_text(written, encoding="utf-8")

    assert main([str(file), topic]) == 1
    *problems, last = capsys.readouterr().out.splitlines()
    assert problems == expected
    assert last.startswith(f"{file}: {len(expected)} problem")


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("order_create", "order-create"),
        ("ship", "fulfillment-events"),
        ("payment_refunded", "payment-refunded"),
    ],
)
def test_a_valid_file_passes(capsys: pytest.CaptureFixture[str], name: str, topic: str) -> None:
    """The customer's examples are valid, with their attributes around them."""
    assert main([str(FOLDER / f"{name}.json"), topic]) == 0
    assert capsys.readouterr().out.endswith(f"valid ({topic}{'.SHIP' if name == 'ship' else ''})\n")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["/no/such/file", "order-create"], "/no/such/file: cannot be read"),
        ([str(FOLDER / "ship.json"), "parcels"], "TOPIC: must be one of order-create, order-update"),
        ([str(FOLDER / "ship.json"), "order-events"], "TOPIC: must be one of order-create"),
    ],
)
def test_a_wrong_argument_says_what_to_do(
    capsys: pytest.CaptureFixture[str], arguments: list[str], named: str
) -> None:
    """A file that is missing and a topic that no function consumes are named."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(named)


def test_a_payload_of_a_topic_with_several_messages_needs_its_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error lists the types; the option says which."""
    file = tmp_path / "parcel.json"
    file.write_text(json.dumps(example("ship").data), encoding="utf-8")

    assert main([str(file), "fulfillment-events"]) == 2
    assert "attributes.eventType: must be one of SHIP, SHORT" in capsys.readouterr().err
    assert main([str(file), "fulfillment-events", "--event-type", "SHIP"]) == 0
