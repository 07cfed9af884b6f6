"""Divide a step of a reservation that is too large for one commit into smaller steps.

The first request of a large order also divides its reservation. Each part has the lines of a range of line
numbers, so later steps find the part of a line by its number.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from shared.domain.decision import Decision
from shared.domain.reservation import Part, Reservation, ReservationStatus
from shared.domain.reservation_events import ReservationItem, ReservationReleased, ReservationRequested
from shared.domain.reservation_step import PART_ITEMS, ReservationStep, request_reservation
from shared.domain.violations import NotReserved


def is_divided(reservation: Reservation | None, step: ReservationStep) -> bool:
    """Return whether a step has to be divided before it can be taken."""
    parted = reservation is not None and bool(reservation.parts)
    return len(step.items) > PART_ITEMS or (parted and step.part is None)


def divide_step(reservation: Reservation | None, step: ReservationStep) -> Decision:
    """Publish the steps that a step consists of; the first request creates the reservation with its parts.

    Raises NotReserved (too early) where there is nothing yet that a later step could add to or release.
    """
    if reservation is not None:
        return Decision(events=tuple(_steps(reservation, step)))
    if step.additional or step.status is ReservationStatus.RELEASED:
        raise NotReserved
    divided = _divided_reservation(step)
    return Decision(changes=(divided,), events=tuple(_steps(divided, step)))


def _divided_reservation(step: ReservationStep) -> Reservation:
    numbers = sorted({item.line_number for item in step.items})
    parts = (Part(first_line=first, status=ReservationStatus.REQUESTED) for first in numbers[::PART_ITEMS])
    return replace(request_reservation(step), parts=tuple(parts))


def _steps(
    reservation: Reservation, step: ReservationStep
) -> Iterator[ReservationRequested | ReservationReleased]:
    by_part: defaultdict[int | None, list[ReservationItem]] = defaultdict(list)
    for item in sorted(step.items, key=attrgetter("line_number")):
        by_part[reservation.part_of_line(item.line_number) if reservation.parts else None].append(item)
    slices = (
        (part, items[start : start + PART_ITEMS])
        for part, items in by_part.items()
        for start in range(0, len(items), PART_ITEMS)
    )
    for number, (part, items) in enumerate(slices):
        yield _step(step, number, part, items)


def _step(
    step: ReservationStep, number: int, part: int | None, items: Sequence[ReservationItem]
) -> ReservationRequested | ReservationReleased:
    same: dict[str, Any] = {
        "ordering_key": step.order_id,
        # The number alone would be the id of another step of the same cause (see `reservation_changes`).
        "reservation_id": f"{step.reservation_id}:part:{number}",
        "order_id": step.order_id,
        "location_id": step.location_id,
        "force": step.force,
        "items": tuple(items),
        "occurred_at": step.occurred_at,
        "part": part,
    }
    if step.status is ReservationStatus.RELEASED:
        return ReservationReleased(**same, reason=step.reason, moved_from=step.moved_from)
    return ReservationRequested(**same, additional=step.additional)
