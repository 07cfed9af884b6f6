"""Facts that contradict what an order expected: recorded on the order, published, and alerted to.

A rule only records (`with_exception`, `with_derived_exceptions`). `complete_decision` publishes what any rule
recorded.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import OrderEvent
from shared.domain.order import Order, OrderException


class OrderExceptionRaised(OrderEvent):
    """A fact contradicts what the order expected; a person has to look at it."""

    type: ClassVar[str] = "order.exception"

    code: str
    ref: str


def with_exception(order: Order, *, code: str, at: datetime, ref: str) -> Order:
    """Record an exception once: another one of the same code and ref changes nothing."""
    if any((each.code, each.ref) == (code, ref) for each in order.exceptions):
        return order
    added = OrderException(at=at, code=code, ref=ref)
    return replace(order, exceptions=tuple(sorted((*order.exceptions, added))))


def with_derived_exceptions(order: Order, codes: Collection[str], found: Iterable[OrderException]) -> Order:
    """Replace the exceptions of some codes by those found now, and keep all others."""
    others = (each for each in order.exceptions if each.code not in codes)
    exceptions = tuple(sorted({*others, *found}))
    return order if exceptions == order.exceptions else replace(order, exceptions=exceptions)


def exception_events(before: Order | None, after: Order) -> tuple[OrderExceptionRaised, ...]:
    """Make an event of every exception that a change added."""
    known = before.exceptions if before else ()
    return tuple(
        OrderExceptionRaised(
            ordering_key=after.customer_id,
            order_id=after.order_id,
            order_version=after.version,
            occurred_at=each.at,
            code=each.code,
            ref=each.ref,
        )
        for each in after.exceptions
        if each not in known
    )
