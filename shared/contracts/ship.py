"""SHIP on `fulfillment-events` and `ship-events`: parcels that left the warehouse (requirements 3.2)."""

from operator import attrgetter
from typing import Annotated, ClassVar, Self

from pydantic import Field

from shared.contracts.contract import Contract
from shared.contracts.field_types import Identifier, LineNumber, Name, NonEmpty, Quantity
from shared.contracts.time_types import Moment, WaitingSince
from shared.domain.order import Shipment, ShippedItem
from shared.domain.ship_order import ShipOrder


class ShipItem(Contract):
    """What a parcel carries of one line."""

    line_number: LineNumber
    sku: Identifier
    shipped_qty: Quantity
    """Units of the line in this parcel."""
    serial_numbers: Annotated[tuple[Identifier, ...], Field(strict=False)] = ()
    """One for each unit, or none; no number twice in an order."""

    def canonical(self) -> Self:
        """Sort the serial numbers."""
        if not self.serial_numbers:
            return self
        ordered = tuple(sorted(self.serial_numbers))
        return self if ordered == self.serial_numbers else self.model_copy(update={"serial_numbers": ordered})

    def to_item(self) -> ShippedItem:
        """Return the item as orders have it."""
        return ShippedItem(
            line_number=self.line_number,
            sku=self.sku,
            quantity=self.shipped_qty,
            serial_numbers=self.serial_numbers,
        )


class Ship(Contract):
    """One parcel of an order."""

    attribute_fields: ClassVar[frozenset[str]] = frozenset({"waitingSince"})

    order_id: Identifier
    shipment_id: Identifier
    """Identifies the parcel, together with trackingNumber."""
    tracking_number: Identifier
    carrier: Name
    shipped_at: Moment
    """When the parcel left the warehouse."""
    items: NonEmpty[ShipItem]
    waiting_since: WaitingSince = Field(exclude=True)

    def canonical(self) -> Self:
        """Sort items and serial numbers: their order means nothing."""
        key = attrgetter("line_number", "sku", "shipped_qty", "serial_numbers")
        items = tuple(sorted((item.canonical() for item in self.items), key=key))
        return self if items == self.items else self.model_copy(update={"items": items})

    def to_command(self) -> ShipOrder:
        """Return the command that `ship_order` decides on."""
        return ShipOrder(
            order_id=self.order_id,
            shipment=Shipment(
                shipment_id=self.shipment_id,
                tracking_number=self.tracking_number,
                carrier=self.carrier,
                shipped_at=self.shipped_at,
                items=tuple(item.to_item() for item in self.canonical().items),
            ),
            waiting_since=self.waiting_since,
        )
