"""The relay's clock for backoff: scaled, and replaceable in tests."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True)
class Pace:
    """The real duration of a backoff, and the source of its jitter."""

    time_scale: float = 1.0
    random: Random = field(default_factory=Random)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def pause(self, seconds: float) -> None:
        """Sleep for a number of scaled seconds."""
        await self.sleep(seconds * self.time_scale)

    def now(self) -> float:
        """Return the running event loop's time, in seconds of the policy's time."""
        return asyncio.get_running_loop().time() / self.time_scale

    async def wait_until(self, moment: float) -> None:
        """Return once the policy's time has reached a moment."""
        while (left := moment - self.now()) > 0:  # noqa: ASYNC110 - the moment is no event
            await asyncio.sleep(left * self.time_scale)
