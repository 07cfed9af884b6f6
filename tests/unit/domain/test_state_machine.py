"""The table of moves is compared with the rules, which are written here a second time."""

import pytest

from shared.domain.order import OrderStatus
from shared.domain.state_machine import STATUSES, TRANSITIONS, Move, Refusal, next_status
from shared.domain.violations import IllegalMove, MoveTooEarly

EVERY = frozenset(OrderStatus)
WAITING = frozenset({OrderStatus.CREATED, OrderStatus.BACKORDERED})
SHIPPED = frozenset({OrderStatus.SHIPPED})
CANCELLED = frozenset({OrderStatus.CANCELLED})
RELEASED = frozenset({OrderStatus.RELEASED})

TOO_EARLY = {Move.RELEASE: WAITING, Move.SHIP: WAITING}
ILLEGAL = {
    Move.RELEASE: RELEASED | CANCELLED,
    Move.CANCEL: SHIPPED,
}
CHANGES = {
    Move.ALLOCATE: dict.fromkeys(WAITING, OrderStatus.ALLOCATED),
    Move.BACKORDER: {OrderStatus.CREATED: OrderStatus.BACKORDERED},
    Move.RELEASE: {OrderStatus.ALLOCATED: OrderStatus.RELEASED},
    Move.SHIP: dict.fromkeys((OrderStatus.ALLOCATED, OrderStatus.RELEASED), OrderStatus.PARTIALLY_SHIPPED),
}
CELLS = [(status, move) for move in Move for status in OrderStatus]


def refusal(status: OrderStatus, move: Move) -> Refusal | None:
    """Return the refusal that the rules require for a move; None for a possible one."""
    if status in TOO_EARLY.get(move, ()):
        return Refusal.TOO_EARLY
    return Refusal.ILLEGAL if status in ILLEGAL.get(move, ()) else None


def test_the_table_has_a_cell_for_every_status_and_move() -> None:
    """Seven statuses, seven moves."""
    assert set(TRANSITIONS) == set(CELLS)
    assert set(STATUSES) == EVERY


@pytest.mark.parametrize(("status", "move"), [cell for cell in CELLS if refusal(*cell) is None])
def test_a_possible_move_leads_to_its_status(status: OrderStatus, move: Move) -> None:
    """A move that is possible changes the status as the rules say, or leaves it."""
    assert next_status(status, move) is CHANGES.get(move, {}).get(status, status)


@pytest.mark.parametrize(("status", "move"), [cell for cell in CELLS if refusal(*cell) is Refusal.TOO_EARLY])
def test_a_move_that_is_too_early_is_deferred(status: OrderStatus, move: Move) -> None:
    """A move that allocation will make possible is deferred, and the slug names both."""
    with pytest.raises(MoveTooEarly) as early:
        next_status(status, move)
    assert early.value.slug == f"order.too_early.{status.lower()}.{move}"


@pytest.mark.parametrize(("status", "move"), [cell for cell in CELLS if refusal(*cell) is Refusal.ILLEGAL])
def test_an_illegal_move_is_rejected(status: OrderStatus, move: Move) -> None:
    """A move that nothing makes possible is rejected, and the slug names both."""
    with pytest.raises(IllegalMove) as illegal:
        next_status(status, move)
    assert illegal.value.slug == f"order.illegal.{status.lower()}.{move}"
