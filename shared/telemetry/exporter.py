"""When metrics are exported: while messages arrive, at most once per interval, and at shutdown.

    first message after a pause     the totals from before it, so that a rate sees the rise
    then, every interval            the totals, as long as they change
    the instance shuts down         the totals, if they changed

An instance has CPU only while it serves requests, so an export that became due during a pause happens at
the start of the next request. Totals are cumulative: the next export makes up for a failed one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared.telemetry.instruments import Counter, Histogram
from shared.telemetry.metrics_data import MetricsData, collect

MIN_POINT_GAP = timedelta(seconds=10)
"""Cloud Monitoring refuses a point that follows the one before it in less time."""

SHUTDOWN_BUDGET = timedelta(seconds=8)
"""The longest wait for the point gap at shutdown: SIGKILL follows SIGTERM after ten seconds."""

Clock = Callable[[], datetime]
"""Returns the time, with its offset."""

EXPORT_TIMEOUT_S = 10.0
SHUTDOWN_EXPORT_TIMEOUT_S = 1.5


class Write(Protocol):
    """Writes metrics data, or raises."""

    async def __call__(self, data: MetricsData, timeout: float) -> None:  # noqa: ASYNC109 - gRPC's deadline
        """Return when all data is written, within `timeout` seconds."""


@dataclass(kw_only=True)
class Exporter:
    """Export instruments in the background. An export's error reaches `on_error` and `failures` only."""

    instruments: Sequence[Counter | Histogram]
    write: Write
    interval: timedelta
    """The shortest time between two exports; the export at shutdown may come sooner."""
    clock: Clock
    on_error: Callable[[Exception], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    failures: int = 0
    _last_export: datetime | None = None
    _recorded: int = 0
    _exported: int = 0
    _export_loop: asyncio.Task[None] | None = None
    _shutdown_flush: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Collect the totals at the start, all of them zero."""
        self._exported_data = collect(self.instruments, self.clock())

    def notify(self) -> None:
        """Schedule an export because a total changed; return at once."""
        self._recorded += 1
        if self._export_loop is None:
            self._export_loop = asyncio.create_task(self._export_while_changing())
        if self._shutdown_flush is None:
            self._shutdown_flush = asyncio.create_task(self._export_at_shutdown())

    async def _export_while_changing(self) -> None:
        try:
            if self._since_last_export() >= self.interval:
                before = replace(self._exported_data, at=self.clock())
                await self._export(before, self._exported, EXPORT_TIMEOUT_S)
            while self._recorded != self._exported:
                await self._export_after(self.interval, EXPORT_TIMEOUT_S)
        finally:
            self._export_loop = None

    async def _export_at_shutdown(self) -> None:
        """Wait until the event loop ends, which cancels every waiting task; then export the rest."""
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        gap = min(self.interval, MIN_POINT_GAP)
        if self._recorded != self._exported and gap - self._since_last_export() <= SHUTDOWN_BUDGET:
            await self._export_after(gap, SHUTDOWN_EXPORT_TIMEOUT_S)

    async def _export_after(self, gap: timedelta, timeout_s: float) -> None:
        while (left := gap - self._since_last_export()) > timedelta():  # a timer may fire a moment early
            await self.sleep(left.total_seconds())
        self._exported_data = collect(self.instruments, self.clock())
        await self._export(self._exported_data, self._recorded, timeout_s)

    async def _export(self, data: MetricsData, recorded: int, timeout_s: float) -> None:
        self._last_export = data.at
        try:
            await self.write(data, timeout_s)
        except Exception as error:  # noqa: BLE001 - a failed export must not fail a message
            self.failures += 1
            self.on_error(error)
        else:
            self._exported = recorded

    def _since_last_export(self) -> timedelta:
        return timedelta.max if self._last_export is None else self.clock() - self._last_export
