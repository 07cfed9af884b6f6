"""The load test runs around the backend in memory."""

import os

import pytest

from tests.lab.bench import cores
from tests.lab.load.figures import figures
from tests.lab.load.plan import Plan
from tests.lab.load.run import run
from tests.lab.load.system import CORES, in_memory


@pytest.mark.skipif(not cores.PINNED, reason="the system has one core, or keeps no process on one")
async def test_relay_and_function_run_around_the_backend_in_memory() -> None:
    """Every message is processed once, each part has its share, and all cores are free again."""
    before = os.sched_getaffinity(0)

    numbers = figures(await run(Plan(publishers=2, rate=10, seconds=1, warm_up=10), in_memory))

    assert (numbers["published"], numbers["outcomes"]) == (20, {"processed": 20})
    assert numbers["machine"]["core_shares"].keys() == CORES.keys()
    assert "core of" in numbers["machine"]["bottleneck"]
    assert os.sched_getaffinity(0) == before
