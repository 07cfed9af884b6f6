"""SHIP on `fulfillment-events` and `ship-events`: parcels that left the warehouse (requirements 3.2)."""

from typing import Annotated

from pydantic import Field

from shared.contracts.contract import Contract
from shared.contracts.field_types import Identifier, LineNumber, Moment, NonEmpty, Quantity
from shared.domain.order import Shipment, ShippedItem
from shared.domain.ship_order import ShipOrder


class ShipItem(Contract):
    """What a parcel carries of one line."""

    line_number: LineNumber
    sku: Identifier
    shipped_qty: Quantity
    serial_numbers: Annotated[tuple[Identifier, ...], Field(strict=False)] = ()

    def to_item(self) -> ShippedItem:
        """Restate it for the rules."""
        return ShippedItem(
            line_number=self.line_number,
            sku=self.sku,
            quantity=self.shipped_qty,
            serial_numbers=self.serial_numbers,
        )


class Ship(Contract):
    """One parcel of an order."""

    order_id: Identifier
    shipment_id: Identifier
    tracking_number: Identifier
    carrier: Identifier
    shipped_at: Moment
    items: NonEmpty[ShipItem]

    def to_command(self) -> ShipOrder:
        """Restate it for the rules."""
        return ShipOrder(
            order_id=self.order_id,
            shipment=Shipment(
                shipment_id=self.shipment_id,
                tracking_number=self.tracking_number,
                carrier=self.carrier,
                shipped_at=self.shipped_at,
                items=tuple(item.to_item() for item in self.items),
            ),
        )
