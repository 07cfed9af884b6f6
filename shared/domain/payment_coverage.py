"""Which authorisation each capture draws on. Amounts are integers in minor units.

No message states it. A capture draws on authorisations of its own payment that were valid when it was taken.
It draws first on the one that expires first. So as much as possible is covered, in any order of arrival.
An authorisation that was made after the capture holds an amount of its own. Where there is no earlier one,
the capture must be of a later one: clocks differ.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from shared.domain.payment import Authorization, Capture, Payment
from shared.domain.value import Value


class Gap(StrEnum):
    """Why a capture is not covered by authorisations."""

    NOT_AUTHORIZED = "not_authorized"
    EXPIRED = "expired"
    TOO_MUCH = "too_much"


class Hold(Value):
    """What is left of an authorisation after captures."""

    authorization: Authorization
    uncaptured_minor: int


class UncoveredCapture(Value):
    """A capture that authorisations cover only in part, or not at all."""

    capture: Capture
    gap: Gap


class Coverage(Value):
    """What captures left of the authorisations, and which captures are not covered."""

    holds: tuple[Hold, ...]
    uncovered: tuple[UncoveredCapture, ...]


def cover_captures(payment: Payment) -> Coverage:
    """Draw every capture on authorisations, in the order in which the amounts were taken."""
    left = {each: each.amount_minor for each in sorted(payment.authorizations, key=_expiry)}
    uncovered = []
    for capture in sorted(payment.captures, key=lambda each: (each.captured_at, each.capture_id)):
        missing = _draw(capture, left)
        if missing:
            uncovered.append(UncoveredCapture(capture=capture, gap=_gap(capture, missing, left)))
    holds = (Hold(authorization=each, uncaptured_minor=minor) for each, minor in left.items())
    return Coverage(holds=tuple(holds), uncovered=tuple(uncovered))


def live_holds(holds: Iterable[Hold], at: datetime) -> tuple[Hold, ...]:
    """Return what can still be captured at a moment, in the order of expiry."""
    return tuple(each for each in holds if each.uncaptured_minor and at < each.authorization.expires_at)


def _expiry(authorization: Authorization) -> tuple[datetime, str, str]:
    return authorization.expires_at, authorization.authorization_id, authorization.payment_id


def _draw(capture: Capture, left: dict[Authorization, int]) -> int:
    """Take the capture out of what is left; return the amount that found no authorisation."""
    missing = capture.amount_minor
    own = [each for each in left if each.payment_id == capture.payment_id]
    made = [each for each in own if each.authorized_at <= capture.captured_at]
    for each in made or own:
        if capture.captured_at < each.expires_at:
            minor = left[each]
            taken = min(missing, minor)
            left[each] = minor - taken
            missing -= taken
    return missing


def _gap(capture: Capture, missing: int, left: dict[Authorization, int]) -> Gap:
    own = {each: minor for each, minor in left.items() if each.payment_id == capture.payment_id}
    if not any(each.amount_minor for each in own):
        return Gap.NOT_AUTHORIZED
    expired = sum(minor for each, minor in own.items() if each.expires_at <= capture.captured_at)
    return Gap.EXPIRED if missing <= expired else Gap.TOO_MUCH
