"""Time as the relay's backoff sees it: scaled, and replaceable in tests."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True)
class Pace:
    """How long a backoff of some seconds really takes, and where its jitter comes from."""

    time_scale: float = 1.0
    random: Random = field(default_factory=Random)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def pause(self, seconds: float) -> None:
        """Sleep for seconds of the policy's time."""
        await self.sleep(seconds * self.time_scale)
