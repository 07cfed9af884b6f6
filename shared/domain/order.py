"""The order as the rules see it.

Amounts are integers in minor units (satang), weights are integer grams, times are aware datetimes.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from shared.domain.payment import Payment
from shared.domain.payment_position import PaymentPosition
from shared.domain.personal import Personal
from shared.domain.refs import Ref, order_ref
from shared.domain.value import Value


class OrderStatus(StrEnum):
    """The state of an order on its way to the customer."""

    CREATED = "CREATED"
    BACKORDERED = "BACKORDERED"
    ALLOCATED = "ALLOCATED"
    RELEASED = "RELEASED"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    CANCELLED = "CANCELLED"


ENDED_STATUSES = frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED})
"""Statuses of an order without any open unit."""


class AllocationStatus(StrEnum):
    """Whether stock is set aside for the open units of the order; ALLOCATED also where it has none."""

    REQUESTED = "REQUESTED"
    ALLOCATED = "ALLOCATED"
    BACKORDERED = "BACKORDERED"


class MissingUnits(Value, order=True):
    """Units of a sku that were missing at a time."""

    at: datetime
    units: int


class LineShortage(Value, omit_defaults=True):
    """What the warehouse did not find of one sku of a line: each number is the greatest it ever stated."""

    sku: str
    missing: int
    """Units it did not find, with any resolution."""
    undelivered: int = 0
    """Of these, units that will not be delivered."""
    backordered: int = 0
    """Of these, units that are delivered later."""
    substitute_promised_at: datetime | None = None
    """The last time the warehouse promised a substitute for the others; None where it never did."""
    since: tuple[MissingUnits, ...] = ()
    """For each number of missing units the first time that it was stated; an earlier release stored none."""


class LinePrice(Value, order=True):
    """What some units of a line cost together."""

    amount_minor: int
    units: int

    def of_units(self, units: int) -> int:
        """Return what other units cost at this price; half a minor unit counts as one."""
        return (2 * self.amount_minor * units + self.units) // (2 * self.units)


class LineGoods(Value, omit_defaults=True):
    """What a line was before another sku replaced it: the latest price and weight with its sku."""

    sku: str
    price: LinePrice
    weight_grams: int | None = None
    substituted_at: datetime | None = None
    """The time of the substitution that gave them; None where they were ordered."""


class Line(Value, omit_defaults=True):
    """One line: what was ordered, and what happened to it so far."""

    line_number: int
    sku: str
    quantity: int
    unit_price_minor: int
    is_bundle: bool
    amount_minor: int
    """Price of `priced_units`; a substitution changes it."""
    shipped: int = 0
    shorted: int = 0
    """Units that were not found and will not be delivered."""
    cancelled: int = 0
    backordered: int = 0
    """Open units that were not found and are waited for."""
    ordered_sku: str | None = None
    """The sku before a substitution, None where there was none."""
    actual_weight_grams: int | None = None
    priced_units: int | None = None
    """The units that `amount_minor` is the price of; None where that is the ordered quantity."""
    substituted_at: datetime | None = None
    """The time of the substitution that holds; None where there was none, or an earlier release made it."""
    former_skus: tuple[str, ...] = ()
    """Skus that substitutions named, beside the present and the ordered one."""
    former_prices: tuple[LinePrice, ...] = ()
    """Prices that substitutions gave, beside the present and the ordered one."""
    replaced: tuple[LineGoods, ...] = ()
    """The line with each of its other skus; an earlier release stored none."""
    late_replacement_at: datetime | None = None
    """The last replacement of units that had left; None once a later substitution brings their sku back."""
    cancelled_at: datetime | None = None
    """The first time at which the line was cancelled; units that leave later contradict it."""
    shortages: tuple[LineShortage, ...] = ()
    """What was not found, by sku; empty also where an earlier release shorted the line."""

    @property
    def open_quantity(self) -> int:
        """Return how many units are still to be shipped."""
        return self.quantity - self.shipped - self.shorted - self.cancelled

    @property
    def kept_quantity(self) -> int:
        """Return how many units were or will be delivered."""
        return self.quantity - self.shorted - self.cancelled

    @property
    def payable_minor(self) -> int:
        """Return what the customer owes for this line: shorted and cancelled units cost nothing."""
        priced, kept = self.priced_units or self.quantity, self.kept_quantity
        return self.amount_minor if kept == priced else self.price.of_units(kept)

    @property
    def price(self) -> LinePrice:
        """Return what the line costs now, shorted and cancelled units included."""
        return LinePrice(amount_minor=self.amount_minor, units=self.priced_units or self.quantity)

    @property
    def ordered_price(self) -> LinePrice:
        """Return what the line cost when it was ordered."""
        return LinePrice(amount_minor=self.quantity * self.unit_price_minor, units=self.quantity)


class Totals(Value):
    """`total = sub_total + tax + shipping - discount` (requirements 2.2)."""

    sub_total_minor: int
    tax_minor: int
    shipping_minor: int
    discount_minor: int
    total_minor: int


class Allocation(Value):
    """Stock set aside for the order; `forced` means without regard to what is in stock."""

    status: AllocationStatus
    forced: bool
    answer: int = 0
    """The number of the latest answer to the order's requests."""


class ShippedItem(Value, omit_defaults=True):
    """What one parcel carries of one line."""

    line_number: int
    sku: str
    quantity: int
    serial_numbers: tuple[str, ...] = ()


class Shipment(Value):
    """One parcel that left the warehouse."""

    shipment_id: str
    tracking_number: str
    carrier: str
    shipped_at: datetime
    items: tuple[ShippedItem, ...]


class HistoryEntry(Value, order=True):
    """One thing that happened to the order, at its own time rather than its arrival."""

    at: datetime
    event: str
    ref: str
    """The business id of what happened: a shipment, a capture, a reservation."""


class OrderException(Value, order=True):
    """A fact that contradicts what the order expected; a person has to look at it."""

    at: datetime
    """When the fact happened."""
    code: str
    """A stable slug, such as `payment.over_captured`."""
    ref: str
    """The business id of the fact: a capture, a shipment, a line."""


class Order(Value):
    """An order with everything that happened to it."""

    order_id: str
    customer_id: Personal
    t1_membership_id: Personal | None
    ship_from_location_id: str
    ordered_at: datetime
    status: OrderStatus
    allocation: Allocation
    line_items: Sequence[Line]
    """Never changed in place; a store may read them when they are first looked at."""
    totals: Totals
    """What the order costs now."""
    payment: Payment
    created_at: datetime
    updated_at: datetime
    released_at: datetime | None = None
    cancelled_at: datetime | None = None
    """When the storefront cancelled the whole order; None also where its lines were closed one by one."""
    shipments: tuple[Shipment, ...] = ()
    version: int = 1
    history: tuple[HistoryEntry, ...] = ()
    exceptions: tuple[OrderException, ...] = ()
    ordered_totals: Totals | None = None
    """The totals as the storefront sent them; None where an earlier release stored the order."""
    position: PaymentPosition | None = None
    """The payment position as it was last published; None where an earlier release stored the order."""

    @property
    def ref(self) -> Ref:
        """Name the document this order is kept in."""
        return order_ref(self.order_id)
