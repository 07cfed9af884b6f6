"""What an order costs, always computed from what was ordered and from its lines as they are.

No message changes an amount by a difference, so every order of arrival ends at the same ones. Amounts are
integers in minor units.
"""

from fractions import Fraction
from math import floor

from msgspec.structs import replace

from shared.domain.order import Order, Totals

ZERO_TOTALS = Totals(sub_total_minor=0, tax_minor=0, shipping_minor=0, discount_minor=0, total_minor=0)
"""What an order costs once nothing of it will be delivered: neither its charges nor its discount remain."""


def with_totals(order: Order) -> Order:
    """Compute the totals of the order's lines.

    Tax follows the goods in proportion. The discount shrinks in proportion and never grows. Shipping stays
    while anything is delivered. The total never falls below zero.
    """
    ordered = ordered_totals(order)
    return replace(order, totals=_totals(order, ordered), ordered_totals=ordered)


def ordered_totals(order: Order) -> Totals:
    """Return the totals as the storefront sent them.

    An earlier release did not store them, and changed the charges of an order only when it was cancelled.
    """
    if order.ordered_totals is not None:
        return order.ordered_totals
    sub_total = sum(line.quantity * line.unit_price_minor for line in order.line_items)
    return replace(order.totals, sub_total_minor=sub_total, total_minor=order.payment.amount_minor)


def _totals(order: Order, ordered: Totals) -> Totals:
    if not any(line.quantity - line.shorted - line.cancelled for line in order.line_items):
        return ZERO_TOTALS
    sub_total = sum(line.payable_minor for line in order.line_items)
    share = Fraction(sub_total, ordered.sub_total_minor) if ordered.sub_total_minor else Fraction(1)
    tax = round_half_up(ordered.tax_minor * share)
    discount = min(ordered.discount_minor, round_half_up(ordered.discount_minor * share))
    total = sub_total + tax + ordered.shipping_minor - discount
    return Totals(
        sub_total_minor=sub_total,
        tax_minor=tax,
        shipping_minor=ordered.shipping_minor,
        discount_minor=discount,
        total_minor=max(0, total),
    )


def round_half_up(amount: Fraction) -> int:
    """Round to whole minor units; a half goes up."""
    return floor(amount + Fraction(1, 2))
