"""`order-create`: the storefront's orders (requirements 2.2)."""

from shared.contracts.contract import Contract
from shared.contracts.field_types import Identifier, LineNumber, Moment, Money, NonEmpty, Quantity
from shared.domain.create_order import CreateOrder
from shared.domain.order import Line, Totals
from shared.domain.payment import Payment


class LineItem(Contract):
    """One line; `unitPrice` is for one unit."""

    line_number: LineNumber
    sku: Identifier
    quantity: Quantity
    unit_price: Money
    is_bundle: bool = False

    def to_line(self) -> Line:
        """Restate it for the rules."""
        return Line(
            line_number=self.line_number,
            sku=self.sku,
            quantity=self.quantity,
            unit_price_minor=self.unit_price,
            is_bundle=self.is_bundle,
            amount_minor=self.quantity * self.unit_price,
        )


class OrderTotals(Contract):
    """What the order costs."""

    sub_total: Money
    tax: Money
    shipping: Money
    discount: Money
    total: Money

    def to_totals(self) -> Totals:
        """Restate it for the rules."""
        return Totals(
            sub_total_minor=self.sub_total,
            tax_minor=self.tax,
            shipping_minor=self.shipping,
            discount_minor=self.discount,
            total_minor=self.total,
        )


class OrderPayment(Contract):
    """How the order will be paid."""

    method: Identifier
    amount: Money


class OrderCreate(Contract):
    """An order as the storefront took it."""

    order_id: Identifier
    customer_id: Identifier
    ship_from_location_id: Identifier
    is_force_allocation: bool
    t1_membership_id: Identifier | None = None
    order_date: Moment
    line_items: NonEmpty[LineItem]
    totals: OrderTotals
    payment: OrderPayment

    def to_command(self) -> CreateOrder:
        """Restate it for the rules."""
        return CreateOrder(
            order_id=self.order_id,
            customer_id=self.customer_id,
            t1_membership_id=self.t1_membership_id,
            ship_from_location_id=self.ship_from_location_id,
            is_force_allocation=self.is_force_allocation,
            order_date=self.order_date,
            line_items=tuple(line.to_line() for line in self.line_items),
            totals=self.totals.to_totals(),
            payment=Payment(method=self.payment.method, amount_minor=self.payment.amount),
        )
