"""SHORT on `fulfillment-events` and `short-events`: what the warehouse does not find (requirements 3.3)."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from shared.contracts.contract import Contract
from shared.contracts.field_types import (
    Count,
    Enumerated,
    Identifier,
    LineNumber,
    NonEmpty,
    OptionalText,
    Quantity,
)
from shared.contracts.time_types import EventTime
from shared.digest import digest
from shared.domain.short_order import Resolution, Severity, ShortItem, ShortOrder


def _read_severity(value: Any) -> Severity:
    """Read the severity. It is advice: an unknown spelling does not reject the shortage."""
    name = str(value).strip().upper()
    return Severity(name) if name in Severity.__members__ else Severity.UNKNOWN


class Shortage(Contract):
    """Units of one line that are missing."""

    line_number: LineNumber
    sku: Identifier
    ordered_qty: Quantity
    """Of the whole line, as it was ordered."""
    available_qty: Count
    """Units that the warehouse has."""
    short_qty: Quantity
    """Must equal orderedQty - availableQty."""
    reason: OptionalText = None

    def to_item(self) -> ShortItem:
        """Return the item as the rule for shortages reads it."""
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

    The message has no id: its time and what it states of the lines identify it. Words, the order of items
    and urgency do not count.
    """

    attribute_fields: ClassVar[frozenset[str]] = frozenset({"severity", "timestamp"})

    order_id: Identifier
    short_type: Identifier
    """Such as OUT_OF_STOCK."""
    items: NonEmpty[Shortage]
    """Each a snapshot of its whole line; no line twice."""
    resolution: Enumerated[Resolution]
    severity: Annotated[Severity, BeforeValidator(_read_severity)] | None = Field(default=None, exclude=True)
    """LOW, MEDIUM, HIGH or CRITICAL. It is advice: any other text alerts like HIGH."""
    timestamp: EventTime = Field(exclude=True)
    """When the shortage was found; by default when the message was published."""

    def to_command(self) -> ShortOrder:
        """Return the command that `short_order` decides on."""
        return ShortOrder(
            order_id=self.order_id,
            content=self._content(),
            short_type=self.short_type,
            items=tuple(item.to_item() for item in self.items),
            resolution=self.resolution,
            severity=self.severity,
            shorted_at=self.timestamp,
        )

    def _content(self) -> str:
        """Hash what the message states of the lines, without words, and in sorted order."""
        items = sorted(
            "\t".join(
                map(str, (item.line_number, item.sku, item.ordered_qty, item.available_qty, item.short_qty))
            )
            for item in self.items
        )
        return digest(self.resolution, *items)
