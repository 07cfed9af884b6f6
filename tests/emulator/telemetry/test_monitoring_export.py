"""Functions in processes of their own export to a Monitoring service that refuses what the real one does."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import grpc
import pytest

from tests.emulator.consumer.creation import OUTGOING
from tests.lab.stack import topology
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.functions import FOLDER, serving
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.monitoring_fake import MonitoringFake
from tests.lab.stack.output import to_files
from tests.lab.stack.polling import until
from tests.lab.stack.relay.pubsub import PubSub
from tests.messages import order, push

pytestmark = pytest.mark.emulator

GAP = timedelta(seconds=0.5)
INTERVAL = "0.5"


class Instances:
    """Instances of the function that creates orders, started and ended together."""

    def __init__(self, environ: dict[str, str], logs: Path) -> None:
        self._environ = environ
        self._logs = logs

    @contextlib.asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[list[str]]:
        """Yield their URLs; end them with SIGTERM on leaving."""
        sources = dict.fromkeys(names, FOLDER / "order_create" / "main.py")
        environs = {name: self._environ | {"K_SERVICE": "order-create"} for name in names}
        async with serving(sources, environs, to_files(self._logs)) as processes:
            yield [process.url for process in processes.values()]


@pytest.fixture
def fake() -> MonitoringFake:
    """Return a service that takes two points a second of a series, instead of one in ten."""
    return MonitoringFake(shortest_gap=GAP)


@pytest.fixture
async def instances(
    fake: MonitoringFake, emulators: Emulators, project: str, tmp_path: Path
) -> AsyncIterator[Instances]:
    """Yield instances that export to the fake."""
    subscriptions = topology.load().subscriptions_of("order_create")
    environ = function_environment(project, emulators, ensure_keyset(), subscriptions)
    async with PubSub(emulators.pubsub) as pubsub:
        for topic in OUTGOING:
            await pubsub.create_topic(f"projects/{project}/topics/{topic}")
    async with fake as address:
        exporting = {"MONITORING_EMULATOR_HOST": address, "METRICS_INTERVAL_SECONDS": INTERVAL}
        yield Instances(environ | exporting, tmp_path)


async def pushed(url: str, *orders: str) -> list[int]:
    """Push orders at the same time; those named "" break their contract. Return the answers."""
    bodies = [push(order(each)) if each else push({}) for each in orders]
    async with aiohttp.ClientSession() as http:

        async def answer(body: bytes) -> int:
            async with http.post(url, data=body) as response:
                return response.status

        return await asyncio.gather(*map(answer, bodies))


def exported(fake: MonitoringFake) -> Counter[str]:
    """Return deliveries by result, over all instances there have been."""
    counted: Counter[str] = Counter()
    for series, point in fake.latest("message_count").items():
        counted[series.label["result"]] += point.value.int64_value
    return +counted


async def test_no_count_is_lost_between_instances_and_restarts(
    fake: MonitoringFake, instances: Instances
) -> None:
    """Two instances, ended and started again, export every delivery, and no point of theirs is refused."""
    for run in range(2):
        async with instances.running("one", "two") as urls:
            for index, url in enumerate(urls):
                await pushed(url, *(f"QC-{run}-{index}-{number}" for number in range(10)), "", "")
            await pushed(urls[0], f"QC-{run}-1-0", f"QC-{run}-1-1")

    assert exported(fake) == {"processed": 40, "rejected": 8, "duplicate": 4}
    assert fake.refusals == []


async def test_every_series_begins_at_zero_and_holds_every_duration(
    fake: MonitoringFake, instances: Instances
) -> None:
    """A count's first point is zero, and the durations measured are as many as the deliveries counted."""
    async with instances.running("one") as urls:
        await pushed(urls[0], "QC-1", "QC-2", "")
        await until(lambda: bool(fake.points))

    firsts = [points[0] for key, points in fake.points.items() if key.metric.endswith("message_count")]
    assert {point.value.int64_value for point in firsts} == {0}
    times = fake.latest("message_processing_time")
    measured = {key.label["status"]: point.value.distribution_value.count for key, point in times.items()}
    assert measured == {"204": 2, "422": 1}


async def test_a_bad_service_neither_fails_nor_delays_a_message(
    fake: MonitoringFake, instances: Instances
) -> None:
    """While Monitoring refuses or hangs, messages are answered as ever; what was counted arrives later."""
    async with instances.running("one") as urls:
        fake.failing = grpc.StatusCode.PERMISSION_DENIED
        assert await pushed(urls[0], "QC-1", "QC-2") == [204, 204]
        await until(lambda: fake.calls >= 2)
        fake.failing = None
        fake.stalled = True
        calls = fake.calls
        await until(lambda: fake.calls > calls)
        assert await pushed(urls[0], "QC-3") == [204]
        assert fake.points == {}
        fake.stalled = False

    assert exported(fake) == {"processed": 3}
