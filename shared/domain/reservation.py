"""What is set aside for an order, and what the order waits for.

A reservation is one document. A larger one is kept in parts, each with the lines of a range of line numbers.
Then the first document has no items and knows the status of each part: the order as a whole is reserved when
its last part is.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

from msgspec.structs import replace

from shared.domain.refs import Ref, reservation_ref
from shared.domain.value import Value


class ReservationStatus(StrEnum):
    """The life of a reservation (the statuses of the `reservation-events` contract)."""

    REQUESTED = "REQUESTED"
    RESERVED = "RESERVED"
    BACKORDERED = "BACKORDERED"
    RELEASED = "RELEASED"


class ReservedItem(Value, omit_defaults=True):
    """Units of one line and sku: all that were ever asked for, released and waited for."""

    line_number: int
    sku: str
    quantity: int
    released: int = 0
    waiting: int = 0
    released_early: int = 0
    """Units that were released beyond those asked for: their request may be on its way."""

    @property
    def wanted(self) -> int:
        """Return how many units the order still asks for: set aside, or waited for."""
        return self.quantity - self.released

    @property
    def set_aside(self) -> int:
        """Return how many units are set aside now."""
        return self.wanted - self.waiting

    def with_request(self, units: int) -> "ReservedItem":
        """Ask for more units; of these, some may be released already."""
        early = min(units, self.released_early)
        return replace(
            self,
            quantity=self.quantity + units,
            released=self.released + early,
            released_early=self.released_early - early,
        )

    def with_release(self, units: int) -> "ReservedItem":
        """Release units, of those that were asked for and of those that will be."""
        asked_for = min(units, self.wanted)
        return replace(
            self,
            released=self.released + asked_for,
            released_early=self.released_early + units - asked_for,
        )


class Part(Value):
    """One part of a reservation: the number of its first line, and its status."""

    first_line: int
    status: ReservationStatus


class Reservation(Value, omit_defaults=True):
    """What is set aside for one order, or for one part of its lines."""

    order_id: str
    reservation_id: str
    location_id: str
    status: ReservationStatus
    forced: bool
    items: tuple[ReservedItem, ...]
    ordered_at: datetime | None = None
    """The order's date: its place on every waiting list. None in documents from before there were any."""
    part: int | None = None
    """Which part this is; None for the whole reservation."""
    parts: tuple[Part, ...] = ()
    answered: ReservationStatus | None = None
    """The last answer to the order: RESERVED or BACKORDERED."""
    answers: int = 0
    """How often the order was answered; 0 also where an earlier release answered, which did not count."""

    @property
    def ref(self) -> Ref:
        """Name the document this reservation is kept in."""
        return reservation_ref(self.order_id, self.part)

    @property
    def last_answer(self) -> ReservationStatus:
        """Return the last answer to the order; documents that lack it were answered by their status."""
        return self.answered or self.status

    def with_items(self, items: Iterable[ReservedItem]) -> "Reservation":
        """Replace the items; the status follows from them."""
        ordered = tuple(sorted(items, key=attrgetter("line_number", "sku")))
        return replace(self, items=ordered, status=_status_of_items(ordered))

    def with_part(self, part: "Reservation") -> "Reservation":
        """Update the status of a part; a reservation that is not divided is replaced as a whole."""
        if part.part is None:
            return part
        parts = list(self.parts)
        parts[part.part] = replace(parts[part.part], status=part.status)
        return replace(self, parts=tuple(parts), status=_status_of_parts({each.status for each in parts}))

    def part_of_line(self, line_number: int) -> int:
        """Return which part a line belongs to."""
        found = bisect_right(self.parts, line_number, key=lambda part: part.first_line)
        return max(0, found - 1)

    def waiting(self, sku: str) -> int:
        """Return how many units of a sku these lines wait for."""
        return sum(item.waiting for item in self.items if item.sku == sku)


def _status_of_items(items: tuple[ReservedItem, ...]) -> ReservationStatus:
    # Before there was a waiting list, what was missing was kept as an item of no units.
    if any(item.waiting or not item.quantity for item in items):
        return ReservationStatus.BACKORDERED
    if any(item.set_aside for item in items):
        return ReservationStatus.RESERVED
    return ReservationStatus.RELEASED


def _status_of_parts(statuses: set[ReservationStatus]) -> ReservationStatus:
    by_weight = (ReservationStatus.BACKORDERED, ReservationStatus.REQUESTED, ReservationStatus.RESERVED)
    return next((each for each in by_weight if each in statuses), ReservationStatus.RELEASED)
