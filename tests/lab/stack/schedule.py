"""Cloud Scheduler's place on the local stack: has the console look at messages that came too early."""

import asyncio
import contextlib

import aiohttp

CONSOLE = "console"
EVERY = 60.0
"""Seconds, before scaling: as the schedule in the cloud."""

SHORTEST = 0.5


def environment(time_scale: float) -> dict[str, str]:
    """Return what the console is told of a stack's pace."""
    return {"DEFERRED_RETRY_SECONDS": str(max(SHORTEST, EVERY * time_scale))}


async def retrying_deferred(url: str, time_scale: float) -> None:
    """Call the console again and again, until cancelled; one that does not answer is called again later."""
    async with aiohttp.ClientSession() as session:
        while True:
            await asyncio.sleep(max(SHORTEST, EVERY * time_scale))
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.post(f"{url}/api/retry-deferred", json={}) as answer:
                    await answer.read()
