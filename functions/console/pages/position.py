"""A payment position as a list of things that are left to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.payment_position import PaymentPosition


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing that is left to do with the money; the amount is in minor units."""

    action: str
    minor: int
    where: str = ""


def to_do(position: PaymentPosition) -> Iterator[ToDo]:
    """Yield what is left to do, with the payments and authorisations it concerns."""
    placed = 0
    for each in position.payments:
        placed += each.to_capture_minor
        if each.to_capture_minor:
            yield ToDo("Capture", each.to_capture_minor, f"from {each.payment_id}")
    if position.to_capture_minor > placed:
        yield ToDo("Collect", position.to_capture_minor - placed)
    if position.to_authorize_minor:
        yield ToDo("Authorise", position.to_authorize_minor)
    for each in position.payments:
        if each.to_void_minor:
            yield ToDo("Void", each.to_void_minor, f"of {', '.join(each.void_authorization_ids)}")
        if each.to_refund_minor:
            yield ToDo("Refund", each.to_refund_minor, f"to {each.payment_id}")
