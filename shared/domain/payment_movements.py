"""Movements of money among those that are recorded: known already, or to be added."""

from typing import TypeVar

from shared.domain.payment import Authorization, Capture, Refund
from shared.errors import Conflict

Movement = TypeVar("Movement", bound=Authorization | Capture | Refund)


def is_recorded(movements: tuple[Movement, ...], added: Movement) -> bool:
    """Return whether a movement is recorded already. Raises Conflict where it is, with other content."""
    known = next((each for each in movements if each.ids == added.ids), None)
    if known is not None and known != added:
        raise Conflict("data: the order has a movement with these ids and other content")
    return known is not None


def with_movement(movements: tuple[Movement, ...], added: Movement) -> tuple[Movement, ...]:
    """Add a movement in the order of ids, so that it does not matter which arrived first."""
    return tuple(sorted((*movements, added), key=lambda each: each.ids))
