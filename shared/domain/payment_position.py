"""The present payment of an order, and exactly what is left to do. Amounts are integers in minor units.

A position is a level, not an instruction. It is derived from what is due and from the movements of money,
as of one moment. So the last position is the same in any order of arrival.
"""

from collections.abc import Mapping
from datetime import datetime

from shared.domain.payment import Payment, PaymentStatus
from shared.domain.payment_coverage import Hold, cover_captures, live_holds
from shared.domain.payment_terms import PaymentTerms, find_terms
from shared.domain.value import Value


class PaymentBalance(Value):
    """The part of one `paymentId` in the position."""

    payment_id: str
    authorized_minor: int
    captured_minor: int
    refunded_minor: int
    to_capture_minor: int
    to_void_minor: int
    to_refund_minor: int
    void_authorization_ids: tuple[str, ...]
    """The authorisations that `to_void_minor` is held by."""


class PaymentPosition(Value):
    """What is due, what has happened, and what is left to do."""

    payment_status: PaymentStatus
    due_minor: int
    authorized_minor: int
    """Held by authorisations that have not expired, and not captured yet."""
    captured_minor: int
    refunded_minor: int
    to_capture_minor: int
    to_authorize_minor: int
    to_void_minor: int
    to_refund_minor: int
    payments: tuple[PaymentBalance, ...]

    @property
    def settled(self) -> bool:
        """Return whether nothing is left to do."""
        return not (
            self.to_capture_minor or self.to_authorize_minor or self.to_void_minor or self.to_refund_minor
        )

    @property
    def needed_hold_minor(self) -> int:
        """Return what is held and needed: the rest is to be voided."""
        return self.authorized_minor - self.to_void_minor

    @property
    def covered(self) -> bool:
        """Return whether what was captured, and what is held and needed, suffice for what is due."""
        return self.captured_minor - self.refunded_minor + self.needed_hold_minor >= self.due_minor


def derive_position(payment: Payment, due_minor: int, at: datetime) -> PaymentPosition:
    """Derive the position as of a moment."""
    holds = live_holds(cover_captures(payment).holds, at)
    authorized = sum(each.uncaptured_minor for each in holds)
    received = payment.captured_minor - payment.refunded_minor
    missing, excess = max(0, due_minor - received), max(0, received - due_minor)
    by_capture = find_terms(payment.method) is PaymentTerms.AUTHORIZE_THEN_CAPTURE
    usable = authorized if by_capture else 0
    needed = min(missing, usable)
    return PaymentPosition(
        payment_status=_status(payment, due_minor, usable),
        due_minor=due_minor,
        authorized_minor=authorized,
        captured_minor=payment.captured_minor,
        refunded_minor=payment.refunded_minor,
        to_capture_minor=needed if by_capture else missing,
        to_authorize_minor=missing - needed if by_capture else 0,
        to_void_minor=authorized - needed,
        to_refund_minor=excess,
        payments=_balances(payment, holds, needed, excess),
    )


def keep_holds(holds: tuple[Hold, ...], needed: int) -> Mapping[Hold, int]:
    """Return how much of each hold is needed; the newest are used first, because they replace older ones.

    `holds` are the oldest first, as `live_holds` returns them.
    """
    kept = {}
    for each in reversed(holds):
        kept[each] = min(needed, each.uncaptured_minor)
        needed -= kept[each]
    return kept


def _status(payment: Payment, due_minor: int, usable_minor: int) -> PaymentStatus:
    """Compare with what is due. Where no capture draws on authorisations, none of them is usable."""
    captured, refunded = payment.captured_minor, payment.refunded_minor
    if refunded:
        return PaymentStatus.REFUNDED if refunded == captured else PaymentStatus.PARTIALLY_REFUNDED
    if captured:
        return PaymentStatus.CAPTURED if captured >= due_minor else PaymentStatus.PARTIALLY_CAPTURED
    if usable_minor and usable_minor >= due_minor:
        return PaymentStatus.AUTHORIZED
    return PaymentStatus.PENDING if due_minor else PaymentStatus.NOT_DUE


def _balances(
    payment: Payment, holds: tuple[Hold, ...], needed: int, excess: int
) -> tuple[PaymentBalance, ...]:
    """Divide the position among the payments, in the order of their ids."""
    kept = keep_holds(holds, needed)
    balances = []
    for payment_id in sorted(_payment_ids(payment)):
        captured = sum(each.amount_minor for each in payment.captures if each.payment_id == payment_id)
        refunded = sum(each.amount_minor for each in payment.refunds if each.payment_id == payment_id)
        refund = min(excess, max(0, captured - refunded))
        excess -= refund
        own = [each for each in holds if each.authorization.payment_id == payment_id]
        authorized, capture = sum(each.uncaptured_minor for each in own), sum(kept[each] for each in own)
        balances.append(
            PaymentBalance(
                payment_id=payment_id,
                authorized_minor=authorized,
                captured_minor=captured,
                refunded_minor=refunded,
                to_capture_minor=capture,
                to_void_minor=authorized - capture,
                to_refund_minor=refund,
                void_authorization_ids=tuple(
                    each.authorization.authorization_id for each in own if kept[each] < each.uncaptured_minor
                ),
            )
        )
    return tuple(balances)


def _payment_ids(payment: Payment) -> set[str]:
    return {
        *(each.payment_id for each in payment.authorizations),
        *(each.payment_id for each in payment.captures),
        *(each.payment_id for each in payment.refunds),
    }
