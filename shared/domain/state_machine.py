"""The order's state machine, whole: which move an order allows in which status, and where it leads.

Messages of different topics may overtake each other. So a move that another message may still make possible
is too early; a request that no message can make possible is illegal. Parcels and shortages are facts: no
status rules them out for good.
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
    Move.SHIP:       (_EARLY,       _EARLY,       _PARTLY,    _PARTLY,   _PARTLY,  _SHIPPED, _CANCELLED),
    Move.SHORT:      (_CREATED,     _BACKORDERED, _ALLOCATED, _RELEASED, _PARTLY,  _SHIPPED, _CANCELLED),
    Move.SUBSTITUTE: (_CREATED,     _BACKORDERED, _ALLOCATED, _RELEASED, _PARTLY,  _SHIPPED, _CANCELLED),
    Move.CANCEL:     (_CREATED,     _BACKORDERED, _ALLOCATED, _RELEASED, _PARTLY,  _ILLEGAL, _CANCELLED),
}
# fmt: on

TRANSITIONS: Mapping[tuple[OrderStatus, Move], Cell] = {
    (status, move): cell for move, row in _ROWS.items() for status, cell in zip(STATUSES, row, strict=True)
}
"""Every status and every move. Ship, short and cancel lead further where they leave nothing open.

A cancelled order with shipped units is shipped.
"""


def next_status(status: OrderStatus, move: Move) -> OrderStatus:
    """Return the status a move leads to, before quantities are looked at.

    Raises MoveTooEarly where another message may still make it possible, IllegalMove where none can.
    """
    cell = TRANSITIONS[status, move]
    if isinstance(cell, OrderStatus):
        return cell
    raise (MoveTooEarly if cell is Refusal.TOO_EARLY else IllegalMove)(status, move)
