"""Wait for conditions in other processes by polling."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

MIN_INTERVAL_S, MAX_INTERVAL_S = 0.05, 0.5
WAITED_SHARE = 0.1
"""Interval as a share of the time waited: a long wait ends that much later, and polls a tenth as often."""


async def until(condition: Callable[[], bool | Awaitable[bool]], timeout: float | None = 30.0) -> None:  # noqa: ASYNC109  # every caller needs a limit
    """Return when the condition holds; poll every 50 ms, and less often after half a second.

    Raises:
        TimeoutError: it did not hold within `timeout` seconds; None waits without a limit.
    """
    clock = asyncio.get_running_loop().time
    started = clock()
    async with asyncio.timeout(timeout):
        while not await _holds(condition):
            waited = clock() - started
            await asyncio.sleep(min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, waited * WAITED_SHARE)))


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else answer
