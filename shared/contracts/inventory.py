"""`inventory-update` and `reservation-events`: what is in stock, and for whom it is kept."""

from shared.contracts.contract import Contract
from shared.contracts.field_types import (
    CompoundIdentifier,
    Count,
    Enumerated,
    Identifier,
    LineNumber,
    Moment,
    NonEmpty,
    Quantity,
    Text,
)
from shared.domain.reservation_events import ReleaseReason, ReservationItem
from shared.domain.reservation_step import ReservationStep
from shared.domain.stock import ReservationStatus
from shared.domain.update_stock import UpdateStock


class InventoryUpdate(Contract):
    """The warehouse's count of one sku at one location."""

    update_id: Identifier
    location_id: Identifier
    sku: Identifier
    on_hand: Count
    updated_at: Moment
    reason: Text | None = None

    def to_command(self) -> UpdateStock:
        """Restate it for the rules."""
        return UpdateStock(
            update_id=self.update_id,
            location_id=self.location_id,
            sku=self.sku,
            on_hand=self.on_hand,
            updated_at=self.updated_at,
        )


class Item(Contract):
    """Units of one line of an order."""

    line_number: LineNumber
    sku: Identifier
    quantity: Quantity

    def to_item(self) -> ReservationItem:
        """Restate it for the rules."""
        return ReservationItem(line_number=self.line_number, sku=self.sku, quantity=self.quantity)


class Reservation(Contract):
    """Stock asked for, promised, missing or given back; `status` says which."""

    reservation_id: CompoundIdentifier
    order_id: Identifier
    location_id: Identifier
    status: Enumerated[ReservationStatus]
    force: bool = False
    items: NonEmpty[Item]
    reason: Enumerated[ReleaseReason] | None = None
    occurred_at: Moment

    def to_command(self) -> ReservationStep:
        """Restate it for the rules."""
        return ReservationStep(
            reservation_id=self.reservation_id,
            order_id=self.order_id,
            location_id=self.location_id,
            status=self.status,
            force=self.force,
            items=tuple(item.to_item() for item in self.items),
            reason=self.reason,
            occurred_at=self.occurred_at,
        )
