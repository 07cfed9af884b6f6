"""The order's state machine, whole: which move an order allows in which status, and where it leads.

The warehouse and the payment service tell facts on topics of their own, which may cross: a move that
another topic's message will make possible is too early, one that nothing can make possible is illegal.
"""

from collections.abc import Mapping
from enum import StrEnum

from shared.domain.order import OrderStatus
from shared.domain.violations import IllegalMove, MoveTooEarly


class Move(StrEnum):
    """What can be done to an order; creation is not a move, because there is no order before it."""

    ALLOCATE = "allocate"
    BACKORDER = "backorder"
    RELEASE = "release"
    SHIP = "ship"
    SHORT = "short"
    SUBSTITUTE = "substitute"
    CANCEL = "cancel"


class Refusal(StrEnum):
    """Why a move is not possible."""

    TOO_EARLY = "too_early"
    ILLEGAL = "illegal"


Cell = OrderStatus | Refusal

_CREATED, _BACKORDERED, _ALLOCATED, _RELEASED, _PARTLY, _SHIPPED, _CANCELLED = STATUSES = tuple(OrderStatus)
_EARLY, _ILLEGAL = Refusal.TOO_EARLY, Refusal.ILLEGAL

# fmt: off
_ROWS: Mapping[Move, tuple[Cell, ...]] = {
    #                 CREATED       BACKORDERED   ALLOCATED   RELEASED   PARTLY    SHIPPED   CANCELLED
    Move.ALLOCATE:   (_ALLOCATED,   _ALLOCATED,   _ALLOCATED, _RELEASED, _PARTLY,  _SHIPPED, _CANCELLED),
    Move.BACKORDER:  (_BACKORDERED, _BACKORDERED, _ALLOCATED, _RELEASED, _PARTLY,  _SHIPPED, _CANCELLED),
    Move.RELEASE:    (_EARLY,       _EARLY,       _RELEASED,  _ILLEGAL,  _PARTLY,  _SHIPPED, _ILLEGAL),
    Move.SHIP:       (_EARLY,       _EARLY,       _PARTLY,    _PARTLY,   _PARTLY,  _SHIPPED, _ILLEGAL),
    Move.SHORT:      (_CREATED,     _BACKORDERED, _ALLOCATED, _RELEASED, _PARTLY,  _SHIPPED, _ILLEGAL),
    Move.SUBSTITUTE: (_CREATED,     _BACKORDERED, _ALLOCATED, _RELEASED, _PARTLY,  _SHIPPED, _ILLEGAL),
    Move.CANCEL:     (_CREATED,     _BACKORDERED, _ALLOCATED, _RELEASED, _ILLEGAL, _ILLEGAL, _ILLEGAL),
}
# fmt: on

TABLE: Mapping[tuple[OrderStatus, Move], Cell] = {
    (status, move): cell for move, row in _ROWS.items() for status, cell in zip(STATUSES, row, strict=True)
}
"""Every status and every move. Ship, short and cancel lead further where they leave nothing open."""


def next_status(status: OrderStatus, move: Move) -> OrderStatus:
    """Say where a move leads, before quantities are looked at.

    Raises MoveTooEarly where another message may still make it possible, IllegalMove where none can.
    """
    cell = TABLE[status, move]
    if isinstance(cell, OrderStatus):
        return cell
    raise (MoveTooEarly if cell is Refusal.TOO_EARLY else IllegalMove)(status, move)
