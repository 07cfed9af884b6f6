"""Wait for conditions in other processes by polling."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], timeout: float | None = 30.0) -> None:  # noqa: ASYNC109  # every caller needs a limit
    """Return when the condition holds; poll every 50 ms.

    Raises:
        TimeoutError: it did not hold within `timeout` seconds; None waits without a limit.
    """
    async with asyncio.timeout(timeout):
        while not await _holds(condition):  # noqa: ASYNC110  # nothing here could set an event
            await asyncio.sleep(0.05)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else answer
