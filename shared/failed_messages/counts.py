"""Counts within a time budget: an overview that waits for every count shows nothing when it matters most."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

COUNTS_BUDGET_S = 2.5
"""For all the counts of one answer."""

MAX_PARALLEL_COUNTS = 4
"""Counts at the same time: more would only wait for each other in the database."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number; where it is not exact, the last known one."""

    number: int
    exact: bool = True


@dataclass(slots=True)
class Counts(Generic[K]):
    """Count many things, the longest uncounted first. On timeout, return the last known count."""

    budget_s: float = COUNTS_BUDGET_S
    _known: dict[K, tuple[int, int]] = field(default_factory=dict)
    _turn: int = 0

    async def count_all(self, wanted: Mapping[K, Callable[[], Awaitable[int]]]) -> dict[K, Count]:
        """Run every count within the budget; raise what a count raises."""
        gate = asyncio.Semaphore(MAX_PARALLEL_COUNTS)
        oldest_first = sorted(wanted, key=lambda key: self._known.get(key, (0, -1))[1])
        tasks = {key: asyncio.create_task(self._count(key, wanted[key], gate)) for key in oldest_first}
        done = await self._wait_within_budget(list(tasks.values()))
        return {key: Count(self._known.get(key, (0, 0))[0], exact=tasks[key] in done) for key in wanted}

    async def _count(self, key: K, count: Callable[[], Awaitable[int]], gate: asyncio.Semaphore) -> None:
        async with gate:
            number = await count()
            self._turn += 1
            self._known[key] = (number, self._turn)

    async def _wait_within_budget(self, tasks: list[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        if not tasks:
            return set()
        done, late = await asyncio.wait(tasks, timeout=self.budget_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in done:
            task.result()
        return done
