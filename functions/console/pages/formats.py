"""Times, amounts and differences as people read them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))
_LINE_KINDS = {"+": "added", "-": "removed"}


def timestamp(at: datetime) -> str:
    """Write a time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def age(at: datetime, now: datetime) -> str:
    """Write the time since a moment, in its largest unit."""
    passed = now - at
    for unit, name in _UNITS:
        if passed >= unit:
            return f"{passed // unit} {name} ago"
    return "just now"


def amount(minor: int, decimals: int = 2) -> str:
    """Write an amount of minor units with its decimals, and with separators of thousands."""
    whole, fraction = divmod(abs(minor), 10**decimals)
    point = f".{fraction:0{decimals}}" if decimals else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{point}"


def difference_lines(difference: str) -> Iterator[tuple[str, str]]:
    """Pair each line of a unified diff with `added`, `removed` or `same`; skip the file headers."""
    for line in difference.splitlines():
        if not line.startswith(("+++", "---")):
            yield _LINE_KINDS.get(line[:1], "same"), line
