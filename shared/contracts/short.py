"""SHORT on `fulfillment-events` and `short-events`: what the warehouse does not find (requirements 3.3)."""

from typing import ClassVar

from pydantic import Field

from shared.contracts.contract import Contract
from shared.contracts.field_types import (
    Count,
    Enumerated,
    Identifier,
    LineNumber,
    Moment,
    NonEmpty,
    Quantity,
    Text,
)
from shared.domain.short_order import Resolution, Severity, ShortItem, ShortOrder


class Shortage(Contract):
    """Units of one line that are missing."""

    line_number: LineNumber
    sku: Identifier
    ordered_qty: Quantity
    available_qty: Count
    short_qty: Quantity
    reason: Text | None = None

    def to_item(self) -> ShortItem:
        """Restate it for the rules."""
        return ShortItem(
            line_number=self.line_number,
            sku=self.sku,
            ordered_qty=self.ordered_qty,
            available_qty=self.available_qty,
            short_qty=self.short_qty,
            reason=self.reason,
        )


class Short(Contract):
    """A shortage and its resolution.

    The message has no id: the same content is the same shortage, however urgently and whenever it is told.
    """

    attribute_fields: ClassVar[frozenset[str]] = frozenset({"severity", "timestamp"})

    order_id: Identifier
    short_type: Identifier
    items: NonEmpty[Shortage]
    resolution: Enumerated[Resolution]
    severity: Enumerated[Severity] | None = Field(default=None, exclude=True)
    timestamp: Moment = Field(exclude=True)

    def to_command(self) -> ShortOrder:
        """Restate it for the rules."""
        return ShortOrder(
            order_id=self.order_id,
            content=self.fingerprint(),
            short_type=self.short_type,
            items=tuple(item.to_item() for item in self.items),
            resolution=self.resolution,
            severity=self.severity,
            shorted_at=self.timestamp,
        )
