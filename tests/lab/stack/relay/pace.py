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
