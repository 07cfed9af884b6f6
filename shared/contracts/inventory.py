"""`inventory-update` and `reservation-events`: what is in stock, what is set aside and who waits."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator

from shared.contracts.contract import Contract
from shared.contracts.field_types import (
    CompoundIdentifier,
    Count,
    Enumerated,
    Identifier,
    LineNumber,
    OptionalText,
    Quantity,
)
from shared.contracts.time_types import Moment
from shared.domain.allocate_waiting import AllocateWaiting
from shared.domain.reservation import ReservationStatus
from shared.domain.reservation_events import ReleaseReason, ReservationItem
from shared.domain.reservation_step import ReservationStep
from shared.domain.update_stock import UpdateStock

ANSWER_STATUSES = (ReservationStatus.RESERVED, ReservationStatus.BACKORDERED)


class InventoryUpdate(Contract):
    """The warehouse's count of one sku at one location."""

    ordering_field: ClassVar[str] = "sku"

    update_id: Identifier
    """Identifies the count."""
    location_id: Identifier
    sku: Identifier
    on_hand: Count
    """Units on the shelf, whether they are reserved or not."""
    updated_at: Moment
    """When it was counted; what left the warehouse later is subtracted."""
    reason: OptionalText = None

    def canonical(self) -> Self:
        """Leave the reason out: it is words for people."""
        return self.model_copy(update={"reason": None})

    def to_command(self) -> UpdateStock:
        """Return the command that `update_stock` decides on."""
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
        """Return the units as reservations have them."""
        return ReservationItem(line_number=self.line_number, sku=self.sku, quantity=self.quantity)


class Reservation(Contract):
    """Stock asked for, set aside, missing or released; `status` says which."""

    unhashed_fields: ClassVar[frozenset[str]] = frozenset({"answer", "moved_from"})

    reservation_id: CompoundIdentifier
    """Identifies the step, together with status."""
    order_id: Identifier
    location_id: Identifier
    status: Enumerated[ReservationStatus]
    force: bool = False
    """Whether to take the units whatever is there."""
    items: Annotated[tuple[Item, ...], Field(strict=False, fail_fast=True)]
    reason: Enumerated[ReleaseReason] | None = None
    occurred_at: Moment
    part: Count | None = None
    """The number of the part that the step is about, where the reservation is divided into parts."""
    additional: bool = False
    """Whether the step adds to the order's first request."""
    answer: Count = 0
    """Counts the answers to an order: the highest number is the latest answer."""
    moved_from: Moment | None = None
    """The departure time that an earlier step gave these units; occurredAt replaces it."""

    @field_validator("items")
    @classmethod
    def _check_filled(cls, items: tuple[Item, ...], info: ValidationInfo) -> tuple[Item, ...]:
        """Require items of requests and releases; an answer may be about the order as a whole."""
        if not items and info.data.get("status") not in ANSWER_STATUSES:
            raise ValueError("must not be empty")
        return items

    def to_command(self) -> ReservationStep:
        """Return the step that `reserve_stock`, `release_stock` or the order decides on."""
        return ReservationStep(
            reservation_id=self.reservation_id,
            order_id=self.order_id,
            location_id=self.location_id,
            status=self.status,
            force=self.force,
            items=tuple(item.to_item() for item in self.items),
            reason=self.reason,
            occurred_at=self.occurred_at,
            part=self.part,
            additional=self.additional,
            answer=self.answer,
            moved_from=self.moved_from,
        )


class StockFreed(Contract):
    """`stock.freed`: units of a sku are free while orders wait for them."""

    ordering_field: ClassVar[str] = "sku"

    freed_id: Identifier
    location_id: Identifier
    sku: Identifier
    occurred_at: Moment

    def to_command(self) -> AllocateWaiting:
        """Return the command that `allocate_waiting` decides on."""
        return AllocateWaiting(
            freed_id=self.freed_id,
            location_id=self.location_id,
            sku=self.sku,
            occurred_at=self.occurred_at,
        )
