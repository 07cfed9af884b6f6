"""What an order waits for, and the time by which that should have come.

A scheduled sweep checks the orders with a missed deadline. It records an exception for every missed
deadline, once, and enters authorisations that have expired, so that the payment position follows.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from shared.domain.decision import STALE, Decision
from shared.domain.expire_authorizations import expiry_entries, next_expiry
from shared.domain.history import with_history
from shared.domain.line_shortages import SHORTED, awaited_substitutes, find_shortage
from shared.domain.order import AllocationStatus, Order, OrderStatus
from shared.domain.order_exception import with_exception
from shared.domain.order_position import latest_time, order_position
from shared.domain.payment_coverage import cover_captures, live_holds
from shared.domain.payment_position import PaymentPosition, keep_holds
from shared.domain.payment_terms import PaymentTerms, find_terms
from shared.domain.value import Value

AUTHORIZATION_EXPIRING = "payment.authorization_expiring"
CAPTURE_OVERDUE = "payment.capture_overdue"
ALLOCATION_OVERDUE = "order.allocation_overdue"
SUBSTITUTE_OVERDUE = "substitution.overdue"

EXPIRY_NOTICE = timedelta(days=1)
"""How long before its expiry an authorisation that is still needed is reported."""

CAPTURE_WITHIN: Mapping[PaymentTerms, timedelta] = {
    PaymentTerms.AUTHORIZE_THEN_CAPTURE: timedelta(days=1),
    PaymentTerms.SALE: timedelta(days=1),
    PaymentTerms.ON_DELIVERY: timedelta(days=14),  # the courier pays the collected amounts out
}
"""How long after its last parcel an order should be captured."""

ALLOCATE_WITHIN = timedelta(hours=1)
"""How long after its creation an order should be allocated or backordered."""

SUBSTITUTE_WITHIN = timedelta(hours=4)
"""How long after the warehouse promised a substitute its substitution should have come."""


class Deadline(Value, order=True):
    """The time by which something should have happened; `code` and `ref` are those of its exception."""

    at: datetime
    code: str
    ref: str


class CheckDeadlines(Value):
    """Check an order with a missed deadline; `version` is the order's when the sweep found it."""

    order_id: str
    version: int


def open_deadlines(order: Order) -> tuple[Deadline, ...]:
    """Return the deadlines that no exception reports yet, the earliest first."""
    reported = {(each.code, each.ref) for each in order.exceptions}
    every = (*_expiries(order), *_captures(order), *_allocation(order), *_substitutes(order))
    return tuple(sorted(each for each in every if (each.code, each.ref) not in reported))


def next_deadline(order: Order) -> datetime | None:
    """Return when the sweep has to check the order next; None where it waits for nothing."""
    expiry = next_expiry(order)
    times = [each.at for each in open_deadlines(order)] + ([expiry] if expiry else [])
    return min(times, default=None)


def check_deadlines(order: Order, command: CheckDeadlines, now: datetime) -> Decision:
    """Record an exception for every deadline that has passed, and enter expired authorisations.

    An order that was found by a deadline of an earlier release's rules is written again without it.
    Otherwise every sweep would find the order, and no longer the orders behind it.
    """
    changed = order
    for each in open_deadlines(order):
        if each.at <= now:
            changed = with_exception(changed, code=each.code, at=each.at, ref=each.ref)
    entries = expiry_entries(order, now)
    if changed is order and not entries and order.version != command.version:
        return STALE
    return Decision(changes=(with_history(changed, *entries, now=now),))


def _expiries(order: Order) -> Iterable[Deadline]:
    """Yield a deadline for each authorisation that a capture still needs."""
    needed = _position(order).needed_hold_minor
    if not needed:
        return
    holds = live_holds(cover_captures(order.payment).holds, latest_time(order))
    for hold, kept in keep_holds(holds, needed).items():
        if kept:
            held = hold.authorization
            at = max(held.authorized_at, held.expires_at - EXPIRY_NOTICE)
            ref = f"{held.payment_id}:{held.authorization_id}"
            yield Deadline(at=at, code=AUTHORIZATION_EXPIRING, ref=ref)


def _captures(order: Order) -> Iterable[Deadline]:
    position = _position(order)
    # Also where nothing was authorised. A refund does not reduce what was captured.
    if order.status is OrderStatus.SHIPPED and position.captured_minor < position.due_minor:
        shipped_at = max(each.shipped_at for each in order.shipments)
        within = CAPTURE_WITHIN[find_terms(order.payment.method)]
        yield Deadline(at=shipped_at + within, code=CAPTURE_OVERDUE, ref=order.order_id)


def _allocation(order: Order) -> Iterable[Deadline]:
    waits = order.allocation.status is AllocationStatus.REQUESTED and order.status is OrderStatus.CREATED
    if waits:
        yield Deadline(at=order.created_at + ALLOCATE_WITHIN, code=ALLOCATION_OVERDUE, ref=order.order_id)


def _substitutes(order: Order) -> Iterable[Deadline]:
    """Yield a deadline for each line with a promised substitute; without a shortage none was promised."""
    if not any(each.event == SHORTED for each in order.history):
        return
    for line in order.line_items:
        if line.shortages and awaited_substitutes(line):
            promised_at = find_shortage(line, line.sku).substitute_promised_at
            if promised_at is not None:
                at = promised_at + SUBSTITUTE_WITHIN
                yield Deadline(at=at, code=SUBSTITUTE_OVERDUE, ref=str(line.line_number))


def _position(order: Order) -> PaymentPosition:
    return order.position or order_position(order)
