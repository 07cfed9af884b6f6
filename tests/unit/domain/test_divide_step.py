"""A step that is too large for one commit is divided; one that fits is taken as a whole."""

import pytest
from msgspec.structs import replace

from shared.domain.divide_step import divide_step, is_divided
from shared.domain.refs import reservation_ref, stock_ref
from shared.domain.reservation import Part, Reservation, ReservationStatus
from shared.domain.reservation_events import ReservationReleased, ReservationRequested
from shared.domain.reservation_step import PART_ITEMS, ReservationStep, stock_and_reservation_refs
from shared.domain.short_order import Resolution, short_order
from shared.domain.violations import NotReserved
from tests.unit.domain.fulfilling import NOW, order_of, shortage
from tests.unit.domain.stocking import HAPPENED_AT, LOCATION, release, request


def large(count: int) -> ReservationStep:
    """Ask for one unit of each of many lines, the last line first."""
    return request(*((number, f"SKU-{number}", 1) for number in range(count, 0, -1)))


def test_only_a_step_with_more_items_than_a_commit_takes_is_divided() -> None:
    """The stock of its items is read where they fit into one commit."""
    fits, exceeds = large(PART_ITEMS), large(PART_ITEMS + 1)

    assert [is_divided(None, each) for each in (fits, exceeds)] == [False, True]
    assert stock_ref(LOCATION, "SKU-1") in stock_and_reservation_refs(fits)
    assert stock_and_reservation_refs(exceeds) == (reservation_ref("O-1"),)


def test_a_large_request_is_divided_by_ranges_of_its_lines() -> None:
    """Every part has the lines of one range, so that a later step finds the part of a line."""
    decision = divide_step(None, large(2 * PART_ITEMS + 1))

    (reservation,) = decision.changes
    assert isinstance(reservation, Reservation)
    assert reservation.parts == tuple(
        Part(first_line=1 + number * PART_ITEMS, status=ReservationStatus.REQUESTED) for number in range(3)
    )
    assert (reservation.status, reservation.items, reservation.ordered_at) == (
        ReservationStatus.REQUESTED,
        (),
        HAPPENED_AT,
    )
    steps = [each for each in decision.events if isinstance(each, ReservationRequested)]
    assert [(each.reservation_id, each.part, len(each.items)) for each in steps] == [
        ("O-1:part:0", 0, PART_ITEMS),
        ("O-1:part:1", 1, PART_ITEMS),
        ("O-1:part:2", 2, 1),
    ]
    assert [item.line_number for each in steps for item in each.items] == [*range(1, 2 * PART_ITEMS + 2)]
    assert {(each.ordering_key, each.location_id, each.occurred_at) for each in steps} == {
        ("O-1", LOCATION, HAPPENED_AT)
    }


@pytest.mark.parametrize(("line", "part"), [(0, 0), (1, 0), (PART_ITEMS, 0), (PART_ITEMS + 1, 1), (10**6, 1)])
def test_every_line_number_belongs_to_a_part(line: int, part: int) -> None:
    """A line that is added later belongs to the part before it, or to the first."""
    (reservation,) = divide_step(None, large(PART_ITEMS + 1)).changes
    assert isinstance(reservation, Reservation)

    assert reservation.part_of_line(line) == part


def test_a_step_of_a_divided_reservation_is_sent_to_the_parts_of_its_lines() -> None:
    """However small it is; a step for one part is not divided again."""
    (reservation,) = divide_step(None, large(PART_ITEMS + 1)).changes
    assert isinstance(reservation, Reservation)
    step = release((PART_ITEMS, "A", 1), (PART_ITEMS + 1, "B", 1))

    assert is_divided(reservation, step)
    decision = divide_step(reservation, step)
    assert decision.changes == ()
    assert [each.part for each in decision.events if hasattr(each, "part")] == [0, 1]


def test_steps_of_one_change_are_divided_into_steps_of_different_ids() -> None:
    """A shortage that cancels a large order releases missing units and others: two steps, both divided."""
    last = PART_ITEMS + 1
    order = order_of(*(("A", 2, 10) for _ in range(last)))
    short = shortage((1, "A", 2, 1), (last, "A", 2, 1), resolution=Resolution.CANCEL_ORDER)
    events = [each for each in short_order(order, short, NOW).events if isinstance(each, ReservationReleased)]
    (reservation,) = divide_step(None, large(last)).changes
    assert isinstance(reservation, Reservation)

    divided = [part for each in events for part in divide_step(reservation, arrived(each)).events]

    ids = [each.reservation_id for each in (*events, *divided) if isinstance(each, ReservationReleased)]
    assert (len(events), len(divided), len(set(ids))) == (2, 4, 6)


def arrived(event: ReservationReleased) -> ReservationStep:
    """Return the step that an event becomes."""
    lines = ((each.line_number, each.sku, each.quantity) for each in event.items)
    return replace(release(*lines, reason=event.reason), reservation_id=event.reservation_id)


def test_a_large_release_before_its_request_is_too_early() -> None:
    """`reservation.not_found`: there is nothing yet that it could release."""
    with pytest.raises(NotReserved):
        divide_step(None, release(*((number, "A", 1) for number in range(PART_ITEMS + 1))))
