"""The rules that the amounts of an order must follow (requirements 2.2). Amounts are in minor units."""

from collections.abc import Iterable, Iterator

from shared.domain.order import Line, Totals
from shared.domain.value import Value


class AmountRule(Value):
    """One rule, with the expected and the given amount."""

    field: str
    rule: str
    expected_minor: int
    given_minor: int

    @property
    def broken(self) -> bool:
        """Return whether the given amount differs from the expected one."""
        return self.expected_minor != self.given_minor


def amount_rules(
    line_items: Iterable[Line] | None, totals: Totals, payment_amount_minor: int | None
) -> Iterator[AmountRule]:
    """Yield every rule, broken or not; each expects what follows from the other given amounts.

    Without lines, or without the amount of the payment, there are no rules about them.
    """
    if line_items is not None:
        yield AmountRule(
            field="totals.subTotal",
            rule="the sum of quantity x unitPrice over lineItems",
            expected_minor=sum(line.amount_minor for line in line_items),
            given_minor=totals.sub_total_minor,
        )
    yield AmountRule(
        field="totals.total",
        rule="subTotal + tax + shipping - discount",
        expected_minor=totals.sub_total_minor
        + totals.tax_minor
        + totals.shipping_minor
        - totals.discount_minor,
        given_minor=totals.total_minor,
    )
    if payment_amount_minor is not None:
        yield AmountRule(
            field="payment.amount",
            rule="totals.total",
            expected_minor=totals.total_minor,
            given_minor=payment_amount_minor,
        )
