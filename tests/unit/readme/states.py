"""The order's states as functions/README.md shows them, drawn from the table in the code."""

from collections import defaultdict
from collections.abc import Iterator

from shared.domain.order import OrderStatus
from shared.domain.state_machine import TRANSITIONS, Move, Refusal

SIGNS = {Refusal.TOO_EARLY: "too early", Refusal.ILLEGAL: "never"}


def diagram() -> str:
    """Draw every move that changes the status, in Mermaid."""
    arrows: defaultdict[tuple[OrderStatus, OrderStatus], list[str]] = defaultdict(list)
    for before, move, after in _changes():
        arrows[before, after].append(move)
    drawn = [f"    {before} --> {after}: {', '.join(moves)}" for (before, after), moves in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> CREATED: create", *drawn, "```", ""])


def table() -> str:
    """Write the whole table: a row a status, a column a move."""
    head = ["status", *Move]
    rows = [[f"`{status}`", *(_cell(status, move) for move in Move)] for status in OrderStatus]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def _cell(status: OrderStatus, move: Move) -> str:
    cell = TRANSITIONS[status, move]
    if isinstance(cell, Refusal):
        return SIGNS[cell]
    return "stays" if cell is status else f"`{cell}`"


def _changes() -> Iterator[tuple[OrderStatus, Move, OrderStatus]]:
    for (before, move), after in TRANSITIONS.items():
        if isinstance(after, OrderStatus):
            ends = {after, _end(before, move)} - {before, None}
            yield from ((before, move, end) for end in OrderStatus if end in ends)


def _end(before: OrderStatus, move: Move) -> OrderStatus | None:
    """Return the status after a move that closes the last open unit; None where a move never closes one."""
    if before is OrderStatus.SHIPPED or move not in {Move.SHIP, Move.SHORT, Move.CANCEL}:
        return None
    shipped = move is Move.SHIP or before is OrderStatus.PARTIALLY_SHIPPED
    return OrderStatus.SHIPPED if shipped else OrderStatus.CANCELLED
