"""Orders that earlier releases stored are read, and their payment position follows with their next change."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from shared.consumer import entity_documents as entities
from shared.domain.authorize_payment import AuthorizePayment, authorize_payment
from shared.domain.complete_decision import complete_decision
from shared.domain.decision import Decision
from shared.domain.order import Order
from shared.domain.order_position import PaymentPositionChanged, order_position
from shared.domain.payment import PaymentStatus
from shared.domain.refs import order_ref
from shared.gcp.firestore.values import Document, fill_fields, read_fields
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from tests.examples import FOLDER

STORED = FOLDER / "stored" / "orders"
NOW = datetime(2024, 1, 13, tzinfo=UTC)
CIPHER = Cipher(new_keyset())


def document(name: str) -> tuple[str, dict[str, Any]]:
    """Restore the path and the fields of a stored document: times, and encrypted text for this keyset."""
    written = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
    path = entities.document_path(order_ref(written["orderId"]))
    return path, {key: _restored(value, f"{path}#{key}") for key, value in written.items()}


def _restored(value: Any, place: str) -> Any:
    match value:
        case {"$time": time}:
            return datetime.fromisoformat(time)
        case {"$encrypted": text}:
            return CIPHER.encrypt_text(text, place)
        case dict():
            return {key: _restored(each, place) for key, each in value.items()}
        case list():
            return [_restored(each, place) for each in value]
        case _:
            return value


def stored(name: str) -> Order:
    """Read an order as the store does."""
    path, fields = document(name)
    order = entities.from_fields("order", fields, path, CIPHER, None)
    assert isinstance(order, Order)
    return order


def changed(order: Order) -> tuple[Order, list[PaymentPositionChanged]]:
    """Change nothing but the version of an order; return it with the positions that are published."""
    next_version = replace(order, version=order.version + 1)
    decision = complete_decision({order.ref: order}, Decision(changes=(next_version,)))
    (after,) = decision.changes
    assert isinstance(after, Order)
    return after, [each for each in decision.events if isinstance(each, PaymentPositionChanged)]


@pytest.mark.parametrize("name", sorted(each.stem for each in STORED.iterdir()))
def test_a_stored_order_is_read_and_publishes_its_position_once(name: str) -> None:
    """The first change publishes the position; what is written then is read back, and published no more."""
    order = stored(name)
    assert (order.position, order.ordered_totals, order.exceptions) == (None, None, ())

    after, published = changed(order)

    assert [each.order_version for each in published] == [order.version + 1]
    path, _ = document(name)
    fields, _ = entities.to_fields(after, path, CIPHER)
    assert entities.from_fields("order", dict(fields), path, CIPHER, None) == after
    assert changed(after)[1] == []


@pytest.mark.parametrize(
    ("name", "due", "left"),
    [
        ("created", 53150, (0, 53150, 0, 0)),
        ("authorized", 53150, (53150, 0, 0, 0)),
        ("captured_and_shorted", 42450, (0, 0, 0, 10700)),
        ("line_cancelled", 15700, (0, 0, 0, 107000)),
        ("cancelled", 0, (0, 0, 53150, 0)),
        ("shipped_and_refunded", 53685, (0, 3685, 0, 0)),
        ("renewed", 53150, (0, 0, 0, 0)),
    ],
)
def test_a_stored_order_says_what_is_left_to_do(name: str, due: int, left: tuple[int, int, int, int]) -> None:
    """Tax follows the goods, expired holds are gone: the position is that of an order of today."""
    _, (position,) = changed(stored(name))

    assert position.due_minor == due
    assert (
        position.to_capture_minor,
        position.to_authorize_minor,
        position.to_void_minor,
        position.to_refund_minor,
    ) == left


def test_a_renewed_payment_is_captured() -> None:
    """The earlier release stored PARTIALLY_CAPTURED: it counted the expired authorisation."""
    _, fields = document("renewed")
    assert fields["paymentStatus"] == "PARTIALLY_CAPTURED"
    assert order_position(stored("renewed")).payment_status is PaymentStatus.CAPTURED


def test_amounts_keep_the_scale_they_were_stored_in() -> None:
    """Earlier releases stored hundredths of a yen; what is added to such an order is in hundredths, too."""
    order = stored("yen")
    more = AuthorizePayment(
        order_id=order.order_id,
        payment_id="PAY-2",
        authorization_id="AUTH-2",
        amount=Decimal(100),
        currency="JPY",
        authorized_at=NOW,
        expires_at=NOW.replace(year=2025),
    )

    (after,) = authorize_payment(order, more, NOW).changes

    assert isinstance(after, Order)
    assert order_position(after).authorized_minor == 147631 + 10000


def test_the_position_is_stored_in_top_level_fields() -> None:
    """Queries select orders by what is left to do."""
    path, _ = document("captured_and_shorted")
    fields, _ = entities.to_fields(changed(stored("captured_and_shorted"))[0], path, CIPHER)

    assert fields["toRefundMinor"] == 10700
    assert (fields["dueMinor"], fields["capturedMinor"], fields["paymentStatus"]) == (
        42450,
        53150,
        "CAPTURED",
    )
    assert "position" not in fields


@pytest.mark.parametrize("name", sorted(each.stem for each in STORED.iterdir()))
def test_what_is_read_equals_what_was_written(name: str) -> None:
    """So the next change sends only the fields that differ: a payment does not send the lines."""
    path, _ = document(name)
    written, _ = entities.to_fields(changed(stored(name))[0], path, CIPHER)
    stored_document = Document()

    fill_fields(stored_document.fields, written)

    assert read_fields(stored_document.fields) == written
