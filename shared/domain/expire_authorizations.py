"""Enter into an order's history that authorisations have expired, so that its payment position follows."""

from datetime import datetime

from shared.domain.decision import STALE, Decision
from shared.domain.history import with_history
from shared.domain.order import HistoryEntry, Order
from shared.domain.payment_coverage import cover_captures

AUTHORIZATION_EXPIRED = "payment.authorization_expired"


def expire_authorizations(order: Order, now: datetime) -> Decision:
    """Enter every authorisation that expired with an uncaptured amount, once, at the time it expired."""
    entered = {each.ref for each in order.history if each.event == AUTHORIZATION_EXPIRED}
    expired = (
        each.authorization
        for each in cover_captures(order.payment).holds
        if each.uncaptured_minor and each.authorization.expires_at <= now
    )
    entries = [
        HistoryEntry(at=each.expires_at, event=AUTHORIZATION_EXPIRED, ref=each.authorization_id)
        for each in expired
        if each.authorization_id not in entered
    ]
    return Decision(changes=(with_history(order, *entries, now=now),)) if entries else STALE
