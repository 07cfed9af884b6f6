"""Cloud Scheduler's part on the local stack: calls the console's scheduled requests."""

import asyncio
import contextlib

import aiohttp

CONSOLE = "console"
INTERVAL_S = 60.0
"""Interval before scaling, as in Cloud Scheduler."""

DEADLINES_INTERVAL_S = 300.0
"""Interval of the sweep; not scaled, because orders have their deadlines in real time."""

MIN_INTERVAL_S = 3.0
"""A pass costs queries and dry runs, however short the time scale makes its interval."""


def environment(time_scale: float) -> dict[str, str]:
    """Return the console's variable for the scaled interval."""
    return {"DEFERRED_RETRY_SECONDS": str(_interval_s(time_scale))}


async def calling_schedule(url: str, time_scale: float) -> None:
    """Call the console's scheduled requests at their intervals, until cancelled."""
    await asyncio.gather(
        _calling(f"{url}/api/retry-deferred", _interval_s(time_scale)),
        _calling(f"{url}/api/advance-runs", _interval_s(time_scale)),
        _calling(f"{url}/api/check-deadlines", DEADLINES_INTERVAL_S),
    )


def _interval_s(time_scale: float) -> float:
    return max(MIN_INTERVAL_S, INTERVAL_S * time_scale)


async def _calling(url: str, interval_s: float) -> None:
    """Call a URL at an interval, until cancelled; ignore a call without an answer."""
    async with aiohttp.ClientSession() as session:
        while True:
            await asyncio.sleep(interval_s)
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.post(url, json={}) as answer:
                    await answer.read()
