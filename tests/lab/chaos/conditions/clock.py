"""A wrong clock for a function."""

from datetime import UTC, datetime, timedelta

from shared.bootstrap import adapters, consumer, push_function


def shift_clock(by: timedelta) -> None:
    """Shift the clock of the functions that this process builds."""

    def shifted() -> datetime:
        return datetime.now(UTC) + by

    for module in (adapters, consumer, push_function):
        module.utc_now = shifted  # type: ignore[attr-defined]
