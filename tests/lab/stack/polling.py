"""Wait for what happens in other processes, which cannot tell."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], timeout: float | None = 30.0) -> None:  # noqa: ASYNC109  # a bound that every caller needs
    """Return when the condition holds.

    Raises:
        TimeoutError: it has not within `timeout` seconds; None waits for ever.
    """
    async with asyncio.timeout(timeout):
        while not await _holds(condition):  # noqa: ASYNC110  # nothing here could set an event
            await asyncio.sleep(0.05)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else answer
