"""The lines of an order, looked up and named the way messages speak of them."""

from collections.abc import Iterable, Mapping

from shared.domain.order import Line, Order
from shared.domain.violations import UnknownLine

NAMED = 20
"""So many line numbers are written out in a timeline; a longer list says how many more there are."""


def lines_by_number(order: Order) -> dict[int, Line]:
    """Return the lines by number, in their order."""
    return {line.line_number: line for line in order.line_items}


def find_line(lines: Mapping[int, Line], number: int, field: str) -> Line:
    """Return the line of a number that the message gives in `field`; raise UnknownLine."""
    line = lines.get(number)
    if line is None:
        raise UnknownLine(field)
    return line


def name_lines(numbers: Iterable[int]) -> str:
    """Write line numbers down as the reference of a timeline entry."""
    every = sorted(set(numbers))
    more = len(every) - NAMED
    return ",".join(map(str, every[:NAMED])) + (f",+{more}" if more > 0 else "")
