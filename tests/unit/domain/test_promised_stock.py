"""Whatever requests and releases arrive, stock and reservations agree."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.release_stock import DEPARTED_REASONS
from shared.domain.reservation import Reservation
from shared.domain.reservation_events import (
    ReleaseReason,
)
from shared.domain.reservation_step import ReservationStep
from shared.errors import MessageError
from tests.unit.domain.stocking import (
    Written,
    applied,
    release,
    request,
    state_of,
    stock,
    stock_in,
)

LINES = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from("AB"), st.integers(1, 5)), min_size=1, max_size=3
)
ORDERS = st.sampled_from(["O-1", "O-2", "O-3"])
STEPS = st.one_of(
    st.builds(
        lambda lines, order, force: request(*lines, order=order, force=force), LINES, ORDERS, st.booleans()
    ),
    st.builds(
        lambda lines, order, reason: release(*lines, order=order, reason=reason),
        LINES,
        ORDERS,
        st.sampled_from(ReleaseReason),
    ),
)
UNFORCED = STEPS.filter(lambda step: not step.force and step.reason not in DEPARTED_REASONS)


def applied_where_possible(steps: list[ReservationStep]) -> Written:
    """Apply the steps that are not refused, to eight units of A and three of B."""
    state = state_of(stock("A", 8), stock("B", 3))
    for step in steps:
        with suppress(MessageError):
            state = applied(state, [step])
    return state


@given(st.lists(STEPS, max_size=12))
def test_promised_is_always_what_reservations_hold(steps: list[ReservationStep]) -> None:
    """Whatever arrives, the units promised of a sku are those that reservations have set aside."""
    state = applied_where_possible(steps)
    reservations = [each for each in state.values() if isinstance(each, Reservation)]
    for sku in "AB":
        found = [item for each in reservations for item in each.items if item.sku == sku]
        assert stock_in(state, sku).reserved == sum(item.set_aside for item in found)
        assert stock_in(state, sku).waiting == sum(item.waiting for item in found)


@given(st.lists(UNFORCED, max_size=12))
def test_without_force_no_unit_is_promised_twice(steps: list[ReservationStep]) -> None:
    """Requests that are not forced never promise more than there is."""
    state = applied_where_possible(steps)

    assert all(stock_in(state, sku).available >= 0 for sku in "AB")
