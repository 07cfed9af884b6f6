"""`order-create`: the storefront's orders (requirements 2.2)."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import Field, ValidationError

from shared.contracts.contract import Contract, Parsing
from shared.contracts.field_types import (
    Currency,
    Identifier,
    LineNumber,
    Money,
    NonEmpty,
    Quantity,
    normalize_text,
)
from shared.contracts.time_types import Moment
from shared.domain.create_order import CreateOrder
from shared.domain.currencies import CURRENCY_DECIMALS
from shared.domain.order import Line, Totals
from shared.domain.order_amounts import AmountRule, amount_rules
from shared.domain.payment import Payment
from shared.domain.violations import TotalsMismatch

Part = TypeVar("Part", bound=Contract)


def _is_none(value: object) -> bool:
    return value is None


class LineItem(Contract):
    """One line; `unitPrice` is for one unit."""

    line_number: LineNumber
    sku: Identifier
    quantity: Quantity
    unit_price: Money
    """Of one unit, before tax."""
    is_bundle: bool = False
    """Whether the sku stands for several goods that are sold together."""

    def to_line(self) -> Line:
        """Return the line as a new order has it, its price in minor units."""
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
    """Must equal the sum of quantity x unitPrice over lineItems."""
    tax: Money
    """Of the whole order."""
    shipping: Money
    """What the customer pays for the delivery."""
    discount: Money
    """Of the whole order, as a positive amount."""
    total: Money
    """Must equal subTotal + tax + shipping - discount."""

    def to_totals(self) -> Totals:
        """Return the totals in minor units."""
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
    """CC and every name that is not listed here: authorised, and captured later. COD, CASH_ON_DELIVERY:
    collected by the courier. TRANSFER, BANK_TRANSFER, PROMPTPAY, QR_PROMPTPAY: captured at once. Case and
    separators do not matter."""
    amount: Money
    """Must equal totals.total exactly."""
    currency: Annotated[Currency | None, Field(exclude_if=_is_none)] = None
    """Without it, the order is in the shop's default currency."""


class OrderCreate(Contract):
    """An order as the storefront took it. Fields that are not listed are ignored."""

    ordering_field: ClassVar[str] = "customerId"
    attribute_fields: ClassVar[frozenset[str]] = frozenset({"shopCurrency"})

    order_id: Identifier
    """Identifies the order. The same content again changes nothing; other content is a conflict."""
    customer_id: Identifier
    """Who ordered. Publish the message with this id as its ordering key."""
    ship_from_location_id: Identifier
    """The location that the stock is reserved at."""
    is_force_allocation: bool
    """True reserves every unit, even beyond the stock. False reserves what is there, and waits."""
    t1_membership_id: Identifier | None = None
    """The customer's membership in The 1."""
    order_date: Moment
    """When the customer ordered; orders wait for stock in the order of this time."""
    line_items: NonEmpty[LineItem]
    """No two lines have the same lineNumber; gaps are allowed."""
    totals: OrderTotals
    payment: OrderPayment
    shop_currency: Currency = Field(exclude=True)

    @classmethod
    def amount_decimals(cls, payload: Mapping[str, Any]) -> int:
        """Look up the decimals of the order's currency; an unknown currency is an error of its own."""
        payment = payload.get("payment")
        named = payment.get("currency") if isinstance(payment, dict) else None
        currency = named or payload.get("shopCurrency")
        return CURRENCY_DECIMALS.get(normalize_text(currency), 2) if isinstance(currency, str) else 2

    @classmethod
    def broken_rules(cls, payload: Mapping[str, Any], parsing: Parsing) -> Sequence[str]:
        """Return the broken rules of the amounts that are valid, though another field is invalid."""
        rules = cls.amount_rules(payload, parsing)
        return [str(TotalsMismatch(each.field, each.rule)) for each in rules if each.broken]

    @classmethod
    def amount_rules(cls, payload: Mapping[str, Any], parsing: Parsing) -> Sequence[AmountRule]:
        """Return the rules about a payload's valid amounts, whether its other fields are valid or not."""
        totals = _parse_part(OrderTotals, payload.get("totals"), parsing)
        if totals is None:
            return ()
        payment = _parse_part(OrderPayment, payload.get("payment"), parsing)
        written = payload.get("lineItems")
        items = (
            [_parse_part(LineItem, each, parsing) for each in written]
            if isinstance(written, list)
            else [None]
        )
        lines = [item.to_line() for item in items if item is not None]
        return [
            *amount_rules(
                lines if len(lines) == len(items) else None,
                totals.to_totals(),
                payment.amount if payment else None,
            )
        ]

    def canonical(self) -> Self:
        """Sort the lines by number: their order in the message means nothing."""
        lines = tuple(sorted(self.line_items, key=attrgetter("line_number")))
        return self if lines == self.line_items else self.model_copy(update={"line_items": lines})

    def to_command(self) -> CreateOrder:
        """Return the command that `create_order` decides on."""
        return CreateOrder(
            order_id=self.order_id,
            customer_id=self.customer_id,
            t1_membership_id=self.t1_membership_id,
            ship_from_location_id=self.ship_from_location_id,
            is_force_allocation=self.is_force_allocation,
            order_date=self.order_date,
            line_items=tuple(line.to_line() for line in self.line_items),
            totals=self.totals.to_totals(),
            payment=self._payment(),
        )

    def _payment(self) -> Payment:
        currency = self.payment.currency or self.shop_currency
        return Payment(
            method=self.payment.method,
            amount_minor=self.payment.amount,
            currency=currency,
            decimals=CURRENCY_DECIMALS[currency],
        )


def _parse_part(contract: type[Part], value: Any, parsing: Parsing) -> Part | None:
    """Return a part of a payload; None where it is invalid."""
    try:
        return contract.model_validate(value, context=parsing)
    except ValidationError:
        return None
