"""The lines of an order: finding them, naming them, and keeping their quantities consistent."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from shared.domain.order import Line, Order
from shared.domain.violations import UnknownLine

MAX_NAMED_LINES = 20
"""Line numbers that a history entry lists; a longer list ends with the count of the others."""


def lines_by_number(order: Order) -> dict[int, Line]:
    """Index the lines by their numbers; they keep their order."""
    return {line.line_number: line for line in order.line_items}


def find_line(lines: Mapping[int, Line], number: int, field: str) -> Line:
    """Return the line of a number that the message gives in `field`; raise UnknownLine."""
    line = lines.get(number)
    if line is None:
        raise UnknownLine(field)
    return line


def name_lines(numbers: Iterable[int]) -> str:
    """Write line numbers down as the reference of a history entry."""
    every = sorted(set(numbers))
    more = len(every) - MAX_NAMED_LINES
    return ",".join(map(str, every[:MAX_NAMED_LINES])) + (f",+{more}" if more > 0 else "")


def known_skus(line: Line) -> frozenset[str]:
    """Return every sku the line has or had."""
    return frozenset({line.sku, line.ordered_sku or line.sku, *line.former_skus})


def fit_quantities(line: Line) -> Line:
    """Fit shorted, then cancelled, then backordered units into what is not shipped: parcels are facts."""
    if not (line.shorted or line.cancelled or line.backordered):
        return line
    left = line.quantity - line.shipped
    shorted = min(line.shorted, left)
    cancelled = min(line.cancelled, left - shorted)
    backordered = max(0, min(line.backordered, left - shorted - cancelled))
    if (shorted, cancelled, backordered) == (line.shorted, line.cancelled, line.backordered):
        return line
    return replace(line, shorted=shorted, cancelled=cancelled, backordered=backordered)


def cancel_line(line: Line, at: datetime) -> Line:
    """Close what is open on a line; the first cancellation is the one that parcels are compared with."""
    fitted = fit_quantities(line)
    return replace(
        fitted,
        cancelled=fitted.cancelled + fitted.open_quantity,
        cancelled_at=min(at, fitted.cancelled_at or at),
    )
