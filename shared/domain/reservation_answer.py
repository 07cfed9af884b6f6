"""The answer to an order: everything it asked for is set aside, or it waits."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from shared.domain.reservation import Reservation, ReservationStatus
from shared.domain.reservation_events import (
    ReservationBackordered,
    ReservationEvent,
    ReservationItem,
    ReservationReserved,
)

Answered = tuple[Reservation, tuple[ReservationEvent, ...]]
"""A reservation that remembers its last answer, and the answer where there is one."""


def with_answer(  # noqa: PLR0913 - an answer's fields, each by its name
    reservation: Reservation,
    answer: ReservationStatus | None,
    *,
    reservation_id: str,
    at: datetime,
    items: tuple[ReservationItem, ...] = (),
    force: bool = False,
) -> Answered:
    """Answer RESERVED or BACKORDERED, or nothing; the answer's time is never before the order's date."""
    if answer is None:
        return reservation, ()
    # Where an earlier release answered without counting, later answers stay uncounted.
    number = 0 if reservation.answered and not reservation.answers else reservation.answers + 1
    fields: dict[str, Any] = {
        "ordering_key": reservation.order_id,
        "order_id": reservation.order_id,
        "reservation_id": reservation_id,
        "location_id": reservation.location_id,
        "force": force,
        "items": items,
        "occurred_at": max(at, reservation.ordered_at or at),
        "answer": number,
    }
    kind = ReservationReserved if answer is ReservationStatus.RESERVED else ReservationBackordered
    return replace(reservation, answered=answer, answers=number), (kind(**fields),)


def answer_if_complete(before: Reservation, after: Reservation) -> ReservationStatus | None:
    """Return RESERVED where the order got the last units that it waited for, else None."""
    complete = after.status is ReservationStatus.RESERVED
    return after.status if complete and before.last_answer is not ReservationStatus.RESERVED else None
