"""Counting within a time: an overview that waits for every count shows nothing when there is most to see."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

BUDGET = 2.5
"""Seconds for all the counts of one answer."""

SIDE_BY_SIDE = 4
"""Counts under way at a time: more only wait for each other in the database."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number, or at least as many: what it was when it was last counted."""

    number: int
    exact: bool = True


@dataclass(slots=True)
class Counts(Generic[K]):
    """Count many things, those first that were not counted for the longest time.

    What is not counted in time is told as it was when it last was; nothing goes on after the answer.
    """

    budget: float = BUDGET
    _known: dict[K, tuple[int, int]] = field(default_factory=dict)
    _turn: int = 0

    async def all(self, wanted: Mapping[K, Callable[[], Awaitable[int]]]) -> dict[K, Count]:
        """Count everything that is wanted; raise what a count raises."""
        gate = asyncio.Semaphore(SIDE_BY_SIDE)
        longest_ago = sorted(wanted, key=lambda key: self._known.get(key, (0, -1))[1])
        tasks = {key: asyncio.create_task(self._count(key, wanted[key], gate)) for key in longest_ago}
        done = await self._within_budget(list(tasks.values()))
        return {key: Count(self._known.get(key, (0, 0))[0], exact=tasks[key] in done) for key in wanted}

    async def _count(self, key: K, counted: Callable[[], Awaitable[int]], gate: asyncio.Semaphore) -> None:
        async with gate:
            number = await counted()
            self._turn += 1
            self._known[key] = (number, self._turn)

    async def _within_budget(self, tasks: list[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        if not tasks:
            return set()
        done, late = await asyncio.wait(tasks, timeout=self.budget)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in done:
            task.result()
        return done
