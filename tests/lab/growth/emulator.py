"""The time of Firestore's emulator itself with more stored orders; it is not part of the verdict.

Firestore's own latency does not depend on the size of a collection. These figures show up to which size a
local stack gives realistic times.
"""

import statistics
import time
import uuid
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import psutil

from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.gcp.firestore.writes import delete
from tests.lab import cpu_time
from tests.lab.growth.filling import Template, fill
from tests.lab.stack import sdk
from tests.lab.stack.emulators import Emulator

SIZES = (100, 1_000, 10_000)
"""Largest sizes that fit: the emulator needs 16 KB for a document, and its heap is bounded."""

CALLS = 40

Times = dict[int, dict[str, list[float]]]


async def measure(rounds: int, template: Template) -> Mapping[str, Any]:
    """Return medians of the commit of a creation and of a read, and their processor time, in milliseconds."""
    emulator = Emulator(sdk.FIRESTORE).wait_ready()
    try:
        async with open_channel(emulator.address, "") as channel:
            run = uuid.uuid4().hex[:8]
            stores = {
                size: FirestoreRpc(channel, f"growth-{run}-{size}", metadata=EMULATOR_OWNER) for size in SIZES
            }
            for size, rpc in stores.items():
                await fill(rpc, template, range(size))
            return await _rounds(rounds, stores, template, psutil.Process(emulator.pid))
    finally:
        emulator.stop()


async def _rounds(
    rounds: int, stores: Mapping[int, FirestoreRpc], template: Template, process: psutil.Process
) -> Mapping[str, Any]:
    found: Times = {size: {"commit_ms": [], "read_ms": [], "cpu_ms": []} for size in stores}
    for number in range(rounds + 1):
        for size in sorted(stores, reverse=bool(number % 2)):
            figures = await _sample(stores[size], template, process)
            if number:
                for name, value in figures.items():
                    found[size][name].append(round(value, 3))
    return {str(size): columns for size, columns in found.items()}


async def _sample(rpc: FirestoreRpc, template: Template, process: psutil.Process) -> dict[str, float]:
    names = [f"MEASURED-{number}" for number in range(CALLS)]
    before = cpu_time.of_family(process.pid)
    commits = [await _milliseconds(rpc.commit(template.creation(rpc, each))) for each in names]
    reads = [await _milliseconds(rpc.get(template.paths(each))) for each in names]
    cpu = cpu_time.of_family(process.pid) - before
    paths: Sequence[str] = [path for each in names for path in template.paths(each)]
    await rpc.commit([delete(rpc.name(path)) for path in paths])
    return {
        "commit_ms": statistics.median(commits),
        "read_ms": statistics.median(reads),
        "cpu_ms": 1000 * cpu / CALLS,
    }


async def _milliseconds(call: Awaitable[object]) -> float:
    started = time.perf_counter()
    await call
    return 1000 * (time.perf_counter() - started)
