"""What the warehouse did not find of a line.

A shortage is a snapshot of the line: it states how many of its units are missing now. So only the greatest of
each number counts: repeated or contradicting shortages end alike in any order. For the shelf, a unit is
missing since the first time at which so many were, whichever statement arrives first.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

from msgspec.structs import replace

from shared.domain.order import Line, LineShortage, MissingUnits
from shared.domain.stock import BEFORE_EVERY_COUNT

SHORTED = "order.shorted"
"""The event of a shortage, and its entry in the history."""


def find_shortage(line: Line, sku: str) -> LineShortage:
    """Return what is missing of a sku: no units where the warehouse stated none."""
    found = _stored_shortage(line, sku)
    if found.since or not found.missing:
        return found
    # An earlier release did not keep the time: with one before every count, nothing moves its units.
    return replace(found, since=(MissingUnits(at=BEFORE_EVERY_COUNT, units=found.missing),))


def _stored_shortage(line: Line, sku: str) -> LineShortage:
    """Find the record of a sku; an earlier release stored only the line's numbers, of the ordered sku."""
    for each in line.shortages:
        if each.sku == sku:
            return each
    by_line = line.shorted or line.backordered
    if line.shortages or not by_line or sku != (line.ordered_sku or line.sku):
        return LineShortage(sku=sku, missing=0)
    return LineShortage(
        sku=sku,
        missing=max(line.shorted, line.backordered),
        undelivered=line.shorted,
        backordered=line.backordered,
    )


def with_shortage(line: Line, shortage: LineShortage) -> Line:
    """Add a shortage to what is known of the line."""
    known = find_shortage(line, shortage.sku)
    combined = _combine(known, shortage) if known.missing else shortage
    if combined == known:
        return line
    others = [each for each in line.shortages if each.sku != shortage.sku]
    changed = replace(
        line,
        shorted=max(line.shorted, combined.undelivered),
        shortages=tuple(sorted([*others, combined], key=attrgetter("sku"))),
    )
    if not (line.backordered or combined.backordered):
        return changed
    later = backordered_units(changed) - backordered_units(line)
    return replace(changed, backordered=line.backordered + later)


def _combine(known: LineShortage, shortage: LineShortage) -> LineShortage:
    """Keep the greater of each number, its first time, and the later promise."""
    promises = [each.substitute_promised_at for each in (known, shortage) if each.substitute_promised_at]
    return LineShortage(
        sku=shortage.sku,
        missing=max(known.missing, shortage.missing),
        undelivered=max(known.undelivered, shortage.undelivered),
        backordered=max(known.backordered, shortage.backordered),
        substitute_promised_at=max(promises, default=None),
        since=_first_times((*known.since, *shortage.since)),
    )


def _first_times(statements: Iterable[MissingUnits]) -> tuple[MissingUnits, ...]:
    """Keep each statement of more units than all earlier statements."""
    kept: list[MissingUnits] = []
    for each in sorted(statements, key=lambda each: (each.at, -each.units)):
        if each.units > (kept[-1].units if kept else 0):
            kept.append(each)
    return tuple(kept)


def moved_units(was: LineShortage, becomes: LineShortage) -> Counter[datetime]:
    """Count the units that a message moved to an earlier time, by the time that they had before."""
    return _units_by_time(was) - _units_by_time(becomes)


def _units_by_time(shortage: LineShortage) -> Counter[datetime]:
    units = Counter[datetime]()
    for each in shortage.since:
        units[each.at] = each.units - units.total()
    return units


def awaited_substitutes(line: Line) -> int:
    """Return how many open units are missing and wait for a substitute that the warehouse promised."""
    if not line.shortages:
        return 0
    present = find_shortage(line, line.sku)
    undecided = max(0, present.missing - max(line.shorted, present.backordered))
    return min(line.open_quantity, undecided)


def backordered_units(line: Line) -> int:
    """Return how many units of the present sku come later, whether or not the warehouse has them since."""
    return max(0, find_shortage(line, line.sku).backordered - line.shorted)
