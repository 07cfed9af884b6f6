"""When metrics are exported: while messages come, at most once per interval, and at the end.

    first message after a silence   the totals from before it, so that it is a rise over a point
    then, every interval            the totals, as long as they change
    the instance ends               the totals, if they changed

An instance has a processor only while it has requests: what is due in a silence happens at the
beginning of the next request. Totals are cumulative: an export that fails is made up for by the next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared.telemetry.instruments import Counter, Histogram
from shared.telemetry.snapshot import MetricsData, collect

SHORTEST_GAP = timedelta(seconds=10)
"""Between two points of a series; Cloud Monitoring refuses the second of a closer pair."""

GRACE = timedelta(seconds=8)
"""Of the ten seconds between SIGTERM and SIGKILL, what waiting for the gap may take."""

TIMEOUT, LAST_TIMEOUT = 10.0, 1.5
"""Seconds for one call; at the end there is less."""


class Write(Protocol):
    """Writes a snapshot, or raises."""

    async def __call__(self, snapshot: MetricsData, timeout: float) -> None:  # noqa: ASYNC109 - gRPC's deadline
        """Return when everything is written, within seconds."""


@dataclass(kw_only=True)
class Exporter:
    """Export instruments off the path of any answer; every error ends here, counted in `failures`."""

    instruments: Sequence[Counter | Histogram]
    write: Write
    interval: timedelta
    """At most one export in this time, but for the last."""
    clock: Callable[[], datetime]
    complain: Callable[[Exception], None]
    """Told of each failed export."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    failures: int = 0
    _last: datetime | None = None
    _recorded: int = 0
    _exported: int = 0
    _round: asyncio.Task[None] | None = None
    _farewell: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Take the totals at the beginning, all of them zero."""
        self._told = collect(self.instruments, self.clock())

    def touch(self) -> None:
        """Note that something was counted: it will be exported, without anybody waiting for it."""
        self._recorded += 1
        if self._round is None:
            self._round = asyncio.create_task(self._export_while_changing())
        if self._farewell is None:
            self._farewell = asyncio.create_task(self._export_at_the_end())

    async def _export_while_changing(self) -> None:
        try:
            if self._gap() >= self.interval:
                await self._export(replace(self._told, at=self.clock()), self._exported, TIMEOUT)
            while self._recorded != self._exported:
                await self._export_after(self.interval, TIMEOUT)
        finally:
            self._round = None

    async def _export_at_the_end(self) -> None:
        """Wait for the event loop to end, which cancels all that still waits; then export the rest."""
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        gap = min(self.interval, SHORTEST_GAP)
        if self._recorded != self._exported and gap - self._gap() <= GRACE:
            await self._export_after(gap, LAST_TIMEOUT)

    async def _export_after(self, gap: timedelta, seconds: float) -> None:
        while (left := gap - self._gap()) > timedelta():  # a timer may be a moment early
            await self.sleep(left.total_seconds())
        self._told = collect(self.instruments, self.clock())
        await self._export(self._told, self._recorded, seconds)

    async def _export(self, snapshot: MetricsData, recorded: int, seconds: float) -> None:
        self._last = snapshot.at
        try:
            await self.write(snapshot, seconds)
        except Exception as error:  # noqa: BLE001 - metrics are never a reason to fail
            self.failures += 1
            self.complain(error)
        else:
            self._exported = recorded

    def _gap(self) -> timedelta:
        return timedelta.max if self._last is None else self.clock() - self._last
