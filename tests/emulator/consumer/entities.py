"""Entities and claims with every field in use."""

import random
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from shared.consumer.idempotency import Claim
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.departures import Departures
from shared.domain.order import (
    Allocation,
    AllocationStatus,
    HistoryEntry,
    Line,
    LineGoods,
    LinePrice,
    LineShortage,
    MissingUnits,
    Order,
    OrderStatus,
    Shipment,
    ShippedItem,
    Totals,
)
from shared.domain.payment import Authorization, Capture, Payment, Refund
from shared.domain.reservation import Part, Reservation, ReservationStatus, ReservedItem
from shared.domain.stock import Stock
from shared.domain.waiting_list import WaitingOrder

AT = datetime(2024, 1, 10, 10, 0, 0, 123456, tzinfo=UTC)
LATER = AT + timedelta(hours=5)


def lived_order(order_id: str = "QC-1", **fields: object) -> Order:
    """Return an order that was paid, shipped in part, shorted, substituted and refunded."""
    whole = Order(
        order_id=order_id,
        customer_id="CUST-ลูกค้า",
        t1_membership_id=None,
        ship_from_location_id="LOC-BKK-001",
        ordered_at=AT,
        status=OrderStatus.PARTIALLY_SHIPPED,
        allocation=Allocation(status=AllocationStatus.ALLOCATED, forced=False),
        line_items=(line(1), line(2)),
        totals=Totals(
            sub_total_minor=10_000, tax_minor=700, shipping_minor=0, discount_minor=1, total_minor=10_699
        ),
        payment=payment(),
        created_at=AT,
        updated_at=LATER,
        released_at=AT,
        cancelled_at=LATER,
        shipments=(shipment(),),
        version=7,
        history=(HistoryEntry(at=AT, event="order.created", ref=order_id),),
    )
    return replace(whole, **fields)


def line(number: int, sku: str = "MEAT-001") -> Line:
    """Return a line to which everything has happened."""
    return Line(
        line_number=number,
        sku=sku,
        quantity=10,
        unit_price_minor=500,
        is_bundle=True,
        amount_minor=5_000,
        shipped=2,
        shorted=1,
        cancelled=1,
        backordered=1,
        ordered_sku="MEAT-000",
        actual_weight_grams=1_150,
        priced_units=8,
        substituted_at=AT,
        former_skus=("MEAT-002",),
        former_prices=(LinePrice(amount_minor=4_500, units=8),),
        late_replacement_at=LATER,
        replaced=(
            LineGoods(
                sku="MEAT-002",
                price=LinePrice(amount_minor=4_500, units=8),
                weight_grams=900,
                substituted_at=LATER,
            ),
        ),
        cancelled_at=AT,
        shortages=(
            LineShortage(
                sku="MEAT-000",
                missing=3,
                undelivered=1,
                backordered=2,
                substitute_promised_at=AT,
                since=(MissingUnits(at=AT, units=1), MissingUnits(at=LATER, units=3)),
            ),
        ),
    )


def payment() -> Payment:
    """Return a payment with every kind of movement."""
    return Payment(
        method="CC",
        amount_minor=10_699,
        currency="THB",
        authorizations=(
            Authorization(
                authorization_id="AUTH-1",
                payment_id="PAY-1",
                amount_minor=10_699,
                authorized_at=AT,
                expires_at=LATER,
            ),
        ),
        captures=(Capture(capture_id="CAP-1", payment_id="PAY-1", amount_minor=9_999, captured_at=LATER),),
        refunds=(
            Refund(refund_id="REF-1", payment_id="PAY-1", amount_minor=1, refunded_at=LATER),
            Refund(refund_id="REF-2", payment_id="PAY-1", amount_minor=2, refunded_at=LATER),
        ),
    )


def shipment(serial_numbers: tuple[str, ...] = ("SN001", "SN002")) -> Shipment:
    """Return a parcel with serial numbers."""
    item = ShippedItem(line_number=1, sku="MEAT-001", quantity=2, serial_numbers=serial_numbers)
    return Shipment(
        shipment_id="SHIP-1", tracking_number="TH1", carrier="KERRY", shipped_at=LATER, items=(item,)
    )


def incompressible_order(seed: int, order_id: str = "QC-1") -> Order:
    """Return an order that needs chunks: 45,000 random serial numbers, repeatable by a seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, and keeps no secret
    serials = tuple(f"{chance.getrandbits(256):064x}" for _ in range(45_000))
    return lived_order(order_id, shipments=(shipment(serials),))


def stock(on_hand: int = 3) -> Stock:
    """Return stock of one sku that orders wait for, with departures of a busy hour."""
    departures = Departures(units=tuple((1_704_880_800 + 7 * each, 1 + each % 3) for each in range(500)))
    return Stock(
        location_id="LOC-BKK-001",
        sku="SKU-001",
        on_hand=on_hand,
        reserved=-1,
        updated_at=AT,
        waiting=2,
        departures=replace(departures, dropped_until=1_704_800_000),
        overdrawn=1,
    )


def waiting_order(order_id: str, ordered_at: datetime = AT, sku: str = "SKU-001") -> WaitingOrder:
    """Return the place of an order on the waiting list of that stock."""
    return WaitingOrder(location_id="LOC-BKK-001", sku=sku, order_id=order_id, ordered_at=ordered_at, part=1)


def reservation() -> Reservation:
    """Return a reservation that was released in part and waits for a part."""
    item = ReservedItem(line_number=1, sku="SKU-001", quantity=3, released=1, waiting=1, released_early=1)
    return Reservation(
        order_id="QC-1",
        reservation_id="RES-1",
        location_id="LOC-BKK-001",
        status=ReservationStatus.BACKORDERED,
        forced=True,
        items=(item,),
        ordered_at=AT,
        parts=(Part(first_line=1, status=ReservationStatus.BACKORDERED),),
        answered=ReservationStatus.BACKORDERED,
    )


def claim(key: str = "QC-1", message_id: str = "1001", events: tuple[OutgoingMessage, ...] = ()) -> Claim:
    """Return a claim in a scope of these tests."""
    return Claim(
        scope="contract",
        key=key,
        fingerprint="f" * 32,
        message_id=message_id,
        outbox=events,
        processed_at=AT,
    )


def event(event_id: str, data: bytes = b'{"orderId":"QC-1"}') -> OutgoingMessage:
    """Return an outgoing message."""
    return OutgoingMessage(
        topic="order-events",
        ordering_key="CUST-1",
        attributes={"eventId": event_id, "eventType": "order.created"},
        data=data,
    )
