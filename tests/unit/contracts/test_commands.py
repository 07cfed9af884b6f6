"""A command has what its message says, and an event's message what the event says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.contract import Contract
from shared.contracts.inventory import InventoryUpdate, Reservation, StockFreed
from shared.contracts.order_cancel import OrderCancel
from shared.contracts.order_create import OrderCreate
from shared.contracts.order_release import OrderRelease
from shared.contracts.outgoing import OutgoingMessage, outgoing_message
from shared.contracts.payment import PaymentAuthorization, PaymentCapture, PaymentRefund
from shared.contracts.ship import Ship
from shared.contracts.short import Short
from shared.contracts.substitution import Substitution
from shared.domain.order import Line, ShippedItem
from shared.domain.order_exception import OrderExceptionRaised
from shared.domain.short_order import Severity
from tests.examples import SUPPLIED, example
from tests.lab.contracts.examples import FIXTURES

AT = datetime(2024, 1, 10, 15, tzinfo=UTC)
MORE: dict[type[Contract], dict[str, Any]] = {
    OrderCancel: {"lineNumbers": [2, 1]},
    PaymentCapture: {"currency": "THB"},
    PaymentRefund: {"currency": "THB", "reason": "Damaged"},
    Reservation: {"part": 2, "additional": True, "force": True, "reason": "CANCELLED"},
}
"""Fields that the examples leave out."""


def parsed(contract: type[Contract], **fields: Any) -> Any:
    """Read a contract's example with more fields, published at three in the afternoon."""
    found = example(FIXTURES[contract])
    data = found.data | MORE.get(contract, {}) | fields
    attributes = {"timestamp": AT.isoformat(), **SUPPLIED, **found.attributes}
    return contract.parse(json.dumps(data).encode(), attributes)


def check_same(message: Any, command: Any) -> int:
    """Compare the fields of one name, at any depth; return how many there are."""
    names = [name for name in command.__struct_fields__ if name in type(message).model_fields]
    count = 0
    for name in names:
        said, meant = getattr(message, name), getattr(command, name)
        if isinstance(said, Contract):
            continue
        if isinstance(said, tuple) and said and isinstance(said[0], Contract):
            assert len(said) == len(meant)
            count += sum(check_same(*pair) for pair in zip(said, meant, strict=True))
            continue
        assert meant == said, name
        count += 1
    return count


@pytest.mark.parametrize(
    ("contract", "fields"),
    [
        (OrderCreate, 9),
        (OrderCancel, 5),
        (OrderRelease, 3),
        (PaymentAuthorization, 7),
        (PaymentCapture, 7),
        (PaymentRefund, 8),
        (Short, 10),
        (InventoryUpdate, 5),
        (Reservation, 12),
        (StockFreed, 4),
    ],
)
def test_a_command_has_the_fields_of_its_message(contract: type[Contract], fields: int) -> None:
    """Fields of one name have one value, items included."""
    message = parsed(contract)

    assert check_same(message, message.to_command()) >= fields


def test_an_order_s_lines_and_amounts_are_minor_units() -> None:
    """599.99 twice makes 1,199.98."""
    command = parsed(OrderCreate).to_command()

    assert command.line_items == (
        Line(
            line_number=1,
            sku="SKU-001",
            quantity=2,
            unit_price_minor=59999,
            is_bundle=False,
            amount_minor=119998,
        ),
    )
    assert (command.totals.sub_total_minor, command.totals.tax_minor) == (119998, 8400)
    assert (command.totals.shipping_minor, command.totals.discount_minor) == (5000, 0)
    assert (command.totals.total_minor, command.payment.amount_minor) == (133398, 133398)
    assert (command.payment.method, command.payment.currency, command.payment.decimals) == ("CC", "THB", 2)


def test_a_parcel_has_its_items_in_order() -> None:
    """The order of items and serial numbers in the message means nothing."""
    first = {"lineNumber": 1, "sku": "A", "shippedQty": 2, "serialNumbers": ["S2", "S1"]}
    again = {"lineNumber": 1, "sku": "A", "shippedQty": 1, "serialNumbers": ["S3"]}
    other = {"lineNumber": 1, "sku": "B", "shippedQty": 1}
    message = parsed(Ship, items=[other, first, again])

    shipment = message.to_command().shipment

    assert check_same(message.canonical(), shipment) >= 4
    assert message.to_command().order_id == message.order_id
    assert shipment.items == (
        ShippedItem(line_number=1, sku="A", quantity=1, serial_numbers=("S3",)),
        ShippedItem(line_number=1, sku="A", quantity=2, serial_numbers=("S1", "S2")),
        ShippedItem(line_number=1, sku="B", quantity=1),
    )
    assert message.fingerprint() == parsed(Ship, items=[again, first, other]).fingerprint()


def test_a_substitution_names_line_goods_and_prices() -> None:
    """Its id is its content, without the time."""
    message = parsed(Substitution)
    command = message.to_command()

    assert (command.order_id, command.content) == (message.order_id, message.fingerprint())
    assert (command.line_number, command.original_sku, command.sku) == (1, "MEAT-001", "MEAT-001")
    assert (command.ordered_price, command.adjusted_price, command.actual_weight_grams) == (100, 115, 1150)
    assert (command.increase.amount, command.increase.percentage) == (15, 15)
    assert (command.increase.within_limit, command.substituted_at) == (True, AT)


def test_a_cancellation_without_lines_is_of_the_whole_order() -> None:
    """Lines are sorted: a request for the same lines is the same request."""
    assert parsed(OrderCancel).to_command().line_numbers == (1, 2)
    assert parsed(OrderCancel, lineNumbers=None).to_command().line_numbers == ()


@pytest.mark.parametrize(
    ("stated", "severity"),
    [(" high ", Severity.HIGH), ("LOW", Severity.LOW), ("urgent", Severity.UNKNOWN)],
)
def test_a_severity_is_read_in_any_case(stated: str, severity: Severity) -> None:
    """It is advice: an unknown one refuses nothing."""
    data = example("short")
    message = Short.parse(data.payload, {**data.attributes, "timestamp": AT.isoformat(), "severity": stated})

    assert message.to_command().severity is severity


def test_an_event_is_published_with_its_ids_and_payload() -> None:
    """The ordering key is beside the payload, and not in it."""
    event = OrderExceptionRaised(
        ordering_key="CUST-1",
        order_id="O-1",
        order_version=2,
        occurred_at=AT,
        code="ship.shorted_units",
        ref="1",
    )

    message = outgoing_message(event, event_id="E-1", correlation_id="C-1", causation_id="M-1")

    assert message == OutgoingMessage(
        topic="order-events",
        ordering_key="CUST-1",
        attributes={
            "eventId": "E-1",
            "eventType": "order.exception",
            "source": "ORDER_EVENTS",
            "version": "1.0",
            "correlationId": "C-1",
            "causationId": "M-1",
        },
        data=message.data,
    )
    assert json.loads(message.data) == {
        "eventId": "E-1",
        "eventType": "order.exception",
        "orderId": "O-1",
        "occurredAt": "2024-01-10T15:00:00Z",
        "orderVersion": 2,
        "code": "ship.shorted_units",
        "ref": "1",
    }


def test_the_id_of_a_shortage_never_changes() -> None:
    """Claims are stored under it, and under the one of earlier releases."""
    message = parsed(Short)
    content, former_content = "9ccd8f6ba9aa32447453100a10b070fd", "2cdcf847f5350b3f3e71e29f6033cefb"

    assert message.to_command().content == content
    assert message.to_command().former_causes(message.fingerprint()) == (
        f"short:{content}",
        f"short:{former_content}",
    )
