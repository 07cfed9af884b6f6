"""Cloud Scheduler's place on the local stack: calls what the console does on a schedule."""

import asyncio
import contextlib

import aiohttp

CONSOLE = "console"
EVERY = 60.0
"""Seconds, before scaling: as the schedule in the cloud."""

DEADLINES_EVERY = 300.0
"""Seconds; not scaled, because orders have their deadlines in real time."""

SHORTEST = 0.5


def environment(time_scale: float) -> dict[str, str]:
    """Return what the console is told of a stack's pace."""
    return {"DEFERRED_RETRY_SECONDS": str(max(SHORTEST, EVERY * time_scale))}


async def calling_schedule(url: str, time_scale: float) -> None:
    """Call the console's scheduled requests at their intervals, until cancelled."""
    await asyncio.gather(
        _calling(f"{url}/api/retry-deferred", max(SHORTEST, EVERY * time_scale)),
        _calling(f"{url}/api/check-deadlines", DEADLINES_EVERY),
    )


async def _calling(url: str, interval_s: float) -> None:
    """Call a URL again and again; a call without an answer is repeated at the next interval."""
    async with aiohttp.ClientSession() as session:
        while True:
            await asyncio.sleep(interval_s)
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.post(url, json={}) as answer:
                    await answer.read()
