"""When metrics are exported, with the clock in the test's hands."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shared.telemetry.exporter import Exporter
from shared.telemetry.instruments import Counter
from shared.telemetry.metrics_data import MetricsData

BEGINNING = datetime(2026, 1, 2, tzinfo=UTC)
INTERVAL = timedelta(seconds=60)
LABELS = ("order-create",)


@dataclass
class Exporting:
    """An exporter with a clock that its sleep moves, and a service that can fail.

    Attributes:
        written: seconds since the beginning and the total of each export that arrived.
    """

    now: datetime = BEGINNING
    available: bool = True
    written: list[tuple[float, int]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counter = Counter("message_count", ("topic",))
        self.counter.declare(LABELS)
        self.exporter = Exporter(
            instruments=[self.counter],
            write=self._write,
            interval=INTERVAL,
            clock=lambda: self.now,
            on_error=self.errors.append,
            sleep=self._sleep,
        )

    def count(self) -> None:
        """Count a message and notify the exporter."""
        self.counter.add(LABELS)
        self.exporter.notify()

    async def settled(self) -> None:
        """Return when nothing is waiting to be exported."""
        while self.exporter._export_loop is not None:  # noqa: ASYNC110 - its end is no event
            await asyncio.sleep(0)

    async def end(self) -> None:
        """End as an event loop does: cancel what waits, and wait for it."""
        waiting = [task for task in (self.exporter._export_loop, self.exporter._shutdown_flush) if task]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _write(self, data: MetricsData, timeout: float) -> None:  # noqa: ASYNC109 - the port's
        if not self.available:
            raise ConnectionError
        total = data.totals[0].value
        assert isinstance(total, int)
        self.written.append(((data.at - BEGINNING).total_seconds(), total))

    async def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def exporting() -> Exporting:
    """Return an exporter that has exported nothing."""
    return Exporting()


async def test_a_first_message_rises_over_a_point_at_zero(exporting: Exporting) -> None:
    """The first export holds what was before the first message, the second the message."""
    exporting.count()
    await exporting.settled()
    await exporting.end()

    assert exporting.written == [(0, 0), (60, 1)]


async def test_messages_within_an_interval_are_exported_once(exporting: Exporting) -> None:
    """However many messages come, their totals are exported once per interval."""
    for _ in range(5):
        exporting.count()
    await exporting.settled()
    exporting.count()
    await exporting.settled()
    await exporting.end()

    assert exporting.written == [(0, 0), (60, 5), (120, 6)]


async def test_a_burst_after_a_silence_begins_with_what_was_before(exporting: Exporting) -> None:
    """After a silence the old totals come first, so that a rate over minutes sees the rise."""
    exporting.count()
    await exporting.settled()
    exporting.now += timedelta(hours=1)
    exporting.count()
    await exporting.settled()
    await exporting.end()

    assert exporting.written == [(0, 0), (60, 1), (3660, 1), (3720, 2)]


async def test_a_failed_export_is_made_up_for(exporting: Exporting) -> None:
    """While the service fails nothing is raised; once it answers, the whole total arrives."""
    exporting.available = False
    exporting.count()
    for _ in range(20):
        await asyncio.sleep(0)
    exporting.available = True
    await exporting.settled()
    await exporting.end()

    assert exporting.written[-1][1] == 1
    assert exporting.exporter.failures == len(exporting.errors) >= 2


async def test_the_end_exports_what_is_left_after_the_shortest_gap(exporting: Exporting) -> None:
    """At the end of the event loop the last totals are exported, 10 s after the point before them."""
    exporting.count()
    await exporting.settled()
    exporting.exporter.sleep = _for_ever
    exporting.count()
    await asyncio.sleep(0)
    exporting.now += timedelta(seconds=3)
    exporting.exporter.sleep = exporting._sleep
    await exporting.end()

    assert exporting.written[-1] == (70, 2)


async def test_the_end_does_not_wait_longer_than_it_may(exporting: Exporting) -> None:
    """Totals that could be exported only after the process is killed are dropped, without a refused point."""
    exporting.count()
    await exporting.settled()
    exporting.exporter.sleep = _for_ever
    exporting.count()
    await asyncio.sleep(0)
    exporting.now += timedelta(seconds=1)
    await exporting.end()

    assert exporting.written == [(0, 0), (60, 1)]


async def test_nothing_is_exported_at_the_end_if_nothing_changed(exporting: Exporting) -> None:
    """An instance ends at once where all totals are exported."""
    exporting.count()
    await exporting.settled()
    before = [*exporting.written]
    await exporting.end()

    assert exporting.written == before


async def _for_ever(_: float) -> None:
    await asyncio.Event().wait()
