"""A wait for another process polls often at first, and rarely when it lasts."""

import asyncio

import pytest

from tests.lab.stack.polling import MAX_INTERVAL_S, MIN_INTERVAL_S, until


async def test_the_interval_grows_with_the_time_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls follow each other after 50 ms at first, and after half a second in the end."""
    now, intervals = 0.0, list[float]()

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        intervals.append(seconds)

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    monkeypatch.setattr(asyncio, "sleep", sleep)

    await until(lambda: now > 20, timeout=None)

    assert intervals == sorted(intervals)
    assert (intervals[0], intervals[-1]) == (MIN_INTERVAL_S, MAX_INTERVAL_S)
    assert now < 20 + MAX_INTERVAL_S * 2
    assert len(intervals) < 80
