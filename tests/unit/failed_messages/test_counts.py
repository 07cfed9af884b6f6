"""A count that takes too long does not delay the others."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.failed_messages.counts import Count, Counts


def at_once(number: int) -> Callable[[], Awaitable[int]]:
    """Return a count that is there at once."""

    async def counted() -> int:
        return number

    return counted


async def never() -> int:
    """Count for ever."""
    await asyncio.Event().wait()
    return 0


async def test_what_is_counted_in_time_is_exact() -> None:
    """Every number is the present one."""
    counts = await Counts[str]().count_all({"a": at_once(1), "b": at_once(2)})

    assert counts == {"a": Count(1), "b": Count(2)}


async def test_a_slow_count_returns_the_last_known_one() -> None:
    """The last known number, or zero, and marked as not exact."""
    known = Counts[str](budget_s=0.01)
    await known.count_all({"a": at_once(7)})

    counts = await known.count_all({"a": never, "b": never, "c": at_once(3)})

    assert counts == {"a": Count(7, exact=False), "b": Count(0, exact=False), "c": Count(3)}


async def test_the_longest_uncounted_is_counted_first() -> None:
    """Each answer has time for a few counts; over several answers everything is counted."""
    known = Counts[int](budget_s=0.01)
    started: list[int] = []

    def slow(key: int) -> Callable[[], Awaitable[int]]:
        async def counted() -> int:
            started.append(key)
            return await never()

        return counted

    await known.count_all({key: at_once(key) for key in (1, 2, 3)})
    await known.count_all({key: slow(key) for key in range(10)})

    assert started == [0, 4, 5, 6]


async def test_a_count_that_fails_is_a_failure() -> None:
    """An overview without one of its counts is not shown as complete."""

    async def broken() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        await Counts[str]().count_all({"a": broken, "b": at_once(1)})


async def test_nothing_wanted_is_nothing_counted() -> None:
    """An overview without groups is empty."""
    assert await Counts[str]().count_all({}) == {}
