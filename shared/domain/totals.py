"""What an order costs, always computed from its lines as they are.

Nothing is added up step by step, so every order of arrival ends at the same amounts.
"""

from msgspec.structs import replace

from shared.domain.order import Line, Order, Totals

NOTHING = Totals(sub_total_minor=0, tax_minor=0, shipping_minor=0, discount_minor=0, total_minor=0)
"""What an order costs of which nothing is delivered: neither its charges nor its discount remain."""


def totals_of(lines: tuple[Line, ...], totals: Totals) -> Totals:
    """Compute the totals of lines, with the charges of `totals`; minor units.

    The total never falls below zero, however large the discount.
    """
    if not any(line.quantity - line.shorted - line.cancelled for line in lines):
        return NOTHING
    sub_total = sum(line.payable_minor for line in lines)
    return replace(totals, sub_total_minor=sub_total, total_minor=max(0, sub_total + _charges(totals)))


def gross_total_minor(order: Order) -> int:
    """Compute what the order would cost at its present prices if nothing were shorted or cancelled."""
    return max(0, sum(line.amount_minor for line in order.line_items) + _charges(order.totals))


def unauthorized_minor(order: Order) -> int:
    """Say how much of the total is still to be authorised, in minor units; zero where all of it is."""
    return max(0, order.totals.total_minor - order.payment.authorized_minor)


def _charges(totals: Totals) -> int:
    return totals.tax_minor + totals.shipping_minor - totals.discount_minor
