"""Times, amounts and differences as people read them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from shared.failed_messages.group_identity import IRREGULAR_NAME

_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))
_LINE_KINDS = {"+": "added", "-": "removed"}


def timestamp(at: datetime) -> str:
    """Write a time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def moment(at: datetime) -> Markup:
    """Write a time in UTC as an element, which a script rewrites to the reader's zone."""
    written = timestamp(at)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), written, written)


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


def signed(number: int) -> str:
    """Write a change with its sign."""
    return f"{number:+,}" if number else "0"


def verdict(change: int) -> str:
    """Return whether a change of the number of open messages is good."""
    if change == 0:
        return "no change"
    return "worse" if change > 0 else "better"


def money(value: Decimal, currency: str) -> str:
    """Write an amount as a producer wrote it, with no single decimal, and with its currency if known."""
    exponent = value.as_tuple().exponent
    decimals = max(2, -exponent) if isinstance(exponent, int) and exponent < 0 else 0
    return f"{value:,.{decimals}f} {currency}".strip()


def producer(source: str, version: str) -> str:
    """Write source and version of a producer; groups hide names that are not plain."""
    if IRREGULAR_NAME in (source, version):
        return "irregular source or version"
    return " ".join(filter(None, (source, version)))


def difference_lines(difference: str) -> Iterator[tuple[str, str]]:
    """Pair each line of a unified diff with `added`, `removed` or `same`; skip the file headers."""
    for line in difference.splitlines():
        if not line.startswith(("+++", "---")):
            yield _LINE_KINDS.get(line[:1], "same"), line
