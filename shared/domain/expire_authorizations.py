"""Authorisations that have expired enter the order's history, so that its payment position follows.

A capture that arrives after the expiry, and was taken before it, removes the entry again.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from shared.domain.order import HistoryEntry, Order
from shared.domain.payment import Authorization
from shared.domain.payment_coverage import cover_captures

AUTHORIZATION_EXPIRED = "payment.authorization_expired"


def expiry_entries(order: Order, now: datetime) -> tuple[HistoryEntry, ...]:
    """Make an entry of every authorisation that expired with an uncaptured amount, at the time it expired.

    The history has each entry once.
    """
    return tuple(
        HistoryEntry(at=each.expires_at, event=AUTHORIZATION_EXPIRED, ref=each.authorization_id)
        for each in _find_unentered(order)
        if each.expires_at <= now
    )


def next_expiry(order: Order) -> datetime | None:
    """Return the first expiry that the history does not have; None where nothing is held."""
    return min((each.expires_at for each in _find_unentered(order)), default=None)


def without_captured(order: Order) -> Order:
    """Remove the entries of authorisations that were captured as a whole before they expired."""
    if not any(each.event == AUTHORIZATION_EXPIRED for each in order.history):
        return order
    expired = {(each.authorization_id, each.expires_at) for each in _find_uncaptured(order)}
    history = tuple(
        each
        for each in order.history
        if each.event != AUTHORIZATION_EXPIRED or (each.ref, each.at) in expired
    )
    return replace(order, history=history)


def _find_uncaptured(order: Order) -> Iterator[Authorization]:
    for hold in cover_captures(order.payment).holds:
        if hold.uncaptured_minor:
            yield hold.authorization


def _find_unentered(order: Order) -> Iterator[Authorization]:
    """Yield authorisations with an uncaptured amount and an expiry that is not in the history."""
    if not order.payment.authorizations:
        return
    # Compared with its time, too: two payments may use the same authorisation id.
    entered = {(each.ref, each.at) for each in order.history if each.event == AUTHORIZATION_EXPIRED}
    for held in _find_uncaptured(order):
        if (held.authorization_id, held.expires_at) not in entered:
            yield held
