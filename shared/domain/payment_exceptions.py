"""Movements of money that contradict what the order expected.

They are derived from the movements, not collected: an authorisation that arrives late explains its capture.
"""

from collections.abc import Mapping
from datetime import datetime

from shared.domain.order import Order, OrderException, OrderStatus
from shared.domain.order_exception import with_derived_exceptions
from shared.domain.payment import Authorization, Capture, Payment
from shared.domain.payment_coverage import Gap, cover_captures
from shared.domain.payment_terms import PaymentTerms, find_terms

_CODES: Mapping[Gap, str] = {
    Gap.NOT_AUTHORIZED: "payment.not_authorized",
    Gap.EXPIRED: "payment.authorization_expired",
    Gap.TOO_MUCH: "payment.over_captured",
}
AUTHORIZED_AFTER_CANCELLATION = "payment.authorized_after_cancellation"
CAPTURED_AFTER_CANCELLATION = "payment.captured_after_cancellation"
PAYMENT_EXCEPTIONS = frozenset({*_CODES.values(), AUTHORIZED_AFTER_CANCELLATION, CAPTURED_AFTER_CANCELLATION})


def with_payment_exceptions(order: Order) -> Order:
    """Derive the exceptions of the order's payment again."""
    found = (*_find_uncovered_captures(order.payment), *_find_movements_after_cancellation(order))
    return with_derived_exceptions(order, PAYMENT_EXCEPTIONS, found)


def _find_uncovered_captures(payment: Payment) -> list[OrderException]:
    if find_terms(payment.method) is not PaymentTerms.AUTHORIZE_THEN_CAPTURE:
        return []
    uncovered = cover_captures(payment).uncovered
    return [_exception(_CODES[each.gap], each.capture.captured_at, each.capture) for each in uncovered]


def _find_movements_after_cancellation(order: Order) -> list[OrderException]:
    """Find what was held or taken after the cancellation; an amount of 0 contradicts nothing."""
    cancelled_at = _cancelled_at(order)
    if cancelled_at is None:
        return []
    payment = order.payment
    return [
        *(
            _exception(AUTHORIZED_AFTER_CANCELLATION, each.authorized_at, each)
            for each in payment.authorizations
            if each.amount_minor and each.authorized_at > cancelled_at
        ),
        *(
            _exception(CAPTURED_AFTER_CANCELLATION, each.captured_at, each)
            for each in payment.captures
            if each.amount_minor and each.captured_at > cancelled_at
        ),
    ]


def _cancelled_at(order: Order) -> datetime | None:
    if order.status is not OrderStatus.CANCELLED:
        return None
    return max((each.at for each in order.history if each.event == "order.cancelled"), default=None)


def _exception(code: str, at: datetime, movement: Authorization | Capture) -> OrderException:
    """Name the movement by both its ids: two payments may use the same id for a movement."""
    own_id = movement.capture_id if isinstance(movement, Capture) else movement.authorization_id
    return OrderException(code=code, at=at, ref=f"{movement.payment_id}:{own_id}")
