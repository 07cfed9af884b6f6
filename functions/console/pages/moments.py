"""Times as people read them."""

from datetime import UTC, datetime, timedelta

_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def stamp(at: datetime) -> str:
    """Write a time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago something was, in its largest unit."""
    passed = now - at
    for unit, name in _UNITS:
        if passed >= unit:
            return f"{passed // unit} {name} ago"
    return "just now"
