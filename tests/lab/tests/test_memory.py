"""The memory trend is computed and judged correctly, and messages leave no memory behind."""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from random import Random

from shared.bootstrap.adapters import utc_now
from shared.consumer.delivery_failures import DeliveryFailures
from shared.consumer.failure_handler import FailureHandler
from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.processor import Processor
from shared.consumer.published_marker import PublishedMarker
from shared.consumer.push_handler import PushHandler
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.pubsub import PubsubPublisher
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from shared.telemetry.delivery import Delivery
from tests.lab.bench import orders
from tests.lab.bench.backend.local import in_process
from tests.lab.bench.backend.memory import MemoryBackend
from tests.lab.memory import plot
from tests.lab.memory.peak import Peak, deployed_bytes, largest_lines
from tests.lab.memory.steady import CHUNK, chunk
from tests.lab.memory.trend import Trend, fit_trend
from tests.lab.memory.verdict import find_excesses
from tests.lab.stack.keyset import ensure_keyset
from tests.unit.consumer.processors import ROUTES

MESSAGES = [*range(10_250, 20_001, 250)]
STEADY = Trend(slope=3.0, least=-10.0, greatest=16.0)
MAX_KEPT_BLOCKS = 0.5
"""Allocator blocks per message: one block kept for every second message is too many."""


def resident(slope: float, noise: Callable[[int], float] = lambda _: 0.0) -> list[int]:
    """Return bytes of memory that grow by a slope, with noise."""
    return [100_000_000 + round(slope * each + noise(each)) for each in MESSAGES]


def test_a_leak_is_seen_through_noise() -> None:
    """A leak of a kilobyte a message is found in samples with noise of a hundred kilobytes."""
    chance = Random(1)  # noqa: S311 - repeatable; not a secret

    found = fit_trend(MESSAGES, resident(1_000, lambda _: chance.uniform(-1e5, 1e5)))

    assert found.least > 900
    assert found.greatest < 1_100


def test_memory_that_never_changes_has_no_trend() -> None:
    """Constant memory has slope zero and an empty interval."""
    assert fit_trend(MESSAGES, resident(0)) == Trend(0.0, 0.0, 0.0)


def test_steps_are_trusted_less_than_independent_samples() -> None:
    """Correlated deviations give a wider interval than the same deviations in random order."""
    levels = [1e5 if number // 5 % 2 else -1e5 for number in range(len(MESSAGES))]
    shuffled = Random(1).sample(levels, len(levels))  # noqa: S311 - as above

    steps, independent = (
        fit_trend(MESSAGES, resident(0, lambda each, of=of: of[MESSAGES.index(each)]))  # type: ignore[misc]
        for of in (levels, shuffled)
    )

    assert steps.greatest - steps.least > 1.5 * (independent.greatest - independent.least)


def peak(highest: int) -> Peak:
    """Return a peak of a function with 512 MiB."""
    return Peak("ship", 100 << 20, highest << 20, 200 << 20, 512 << 20)


def test_steady_memory_within_its_bounds_passes() -> None:
    """Memory within the bounds gives no excess."""
    assert find_excesses({"ship": STEADY}, {"shipped": peak(400)}) == []


def test_a_slope_that_may_be_a_leak_is_named() -> None:
    """An interval that reaches the bound fails, even if the slope does not."""
    doubtful = Trend(slope=3.0, least=-300.0, greatest=306.0)

    assert find_excesses({"ship": doubtful}, {}) == ["ship may gain +3 (-300 to +306) bytes a message"]


def test_a_peak_too_near_to_what_is_deployed_is_named() -> None:
    """A message that needs nearly all of an instance's memory fails."""
    assert find_excesses({}, {"shipped": peak(420)}) == ["shipped: 420 of 512 MiB"]


def test_deployed_memory_is_what_the_topology_says() -> None:
    """Memory is in bytes, for both units of the topology."""
    assert (deployed_bytes("ship"), deployed_bytes("order_create")) == (512 << 20, 1 << 30)


def test_the_largest_order_just_fits_a_message() -> None:
    """The largest order is just below the limit of 10 MB (requirements 1.1)."""
    (order,) = orders.take(1, largest_lines())

    assert 9_900_000 < len(json.dumps(order)) <= 9_998_000


def test_a_report_is_drawn(tmp_path: Path) -> None:
    """The picture has both functions' slopes, and is small enough for the repository."""
    samples = [{"messages": each, "resident": 100 << 20, "cpu_ms": 1.0} for each in MESSAGES]
    steady = {"samples": samples, "trend": asdict(STEADY)}
    peaks = {"shipped": asdict(peak(400))}

    plot.draw({"steady": {"order_create": steady, "ship": steady}, "peaks": peaks}, tmp_path / "memory.svg")

    drawn = (tmp_path / "memory.svg").read_text(encoding="utf-8")
    assert "ship: +3 bytes a message (-10 to +16)" in drawn
    assert len(drawn) < 100_000


@asynccontextmanager
async def running_handler(
    record: Callable[[Delivery], None],
) -> AsyncIterator[tuple[PushHandler, PublishedMarker, MemoryBackend]]:
    """Yield a push handler of new orders over the real adapters, its marker, and the backend."""
    async with in_process() as (address, memory), open_channel(address, "") as channel:
        rpc, publisher = FirestoreRpc(channel, "bench"), PubsubPublisher(channel, "bench")
        marks = PublishedMarker(rpc, utc_now)
        cipher = Cipher(read_keyset(ensure_keyset()))
        processor = Processor(
            routes=ROUTES,
            topics={"order-create-sub": "order-create"},
            store=FirestoreStore(rpc, cipher, marks.add),
            publisher=publisher,
            clock=utc_now,
            random=Random(1),  # noqa: S311 - spreads retries; not a secret
            sleep=asyncio.sleep,
            shop_currency="THB",
        )
        yield (
            PushHandler(
                process=processor.process,
                failure_handler=FailureHandler({}, DeliveryFailures(rpc), publisher),
                clock=utc_now,
                record=record,
            ),
            marks,
            memory,
        )
        if marks._flush is not None:
            await marks._flush  # writes the last marks


async def kept_blocks_per_message(record: Callable[[Delivery], None], chunks: int) -> float:
    """Return the memory blocks that a message leaves allocated, after two warm-up chunks."""
    chance = Random(1)  # noqa: S311 - repeatable; not a secret
    async with running_handler(record) as (handler, marks, memory):
        memory.answer("Keep", b"empty")

        async def answer_chunk() -> int:
            for body in chunk(1, chance)["order_create"]:
                await handler.handle(body)
            await marks.flush()  # otherwise waiting marks would count
            memory.answer("Restore", b"empty")
            gc.collect()
            return sys.getallocatedblocks()

        await answer_chunk()
        allocated = [await answer_chunk() for _ in range(chunks + 1)]
        return (allocated[-1] - allocated[0]) / (chunks * CHUNK)


async def test_messages_leave_nothing_behind() -> None:
    """A thousand new, repeated and rejected orders leave the process's memory as it was."""
    assert await kept_blocks_per_message(lambda _: None, chunks=4) < MAX_KEPT_BLOCKS


async def test_a_leak_per_message_is_found() -> None:
    """The same measurement finds a list that keeps every message."""
    seen: list[Delivery] = []

    assert await kept_blocks_per_message(seen.append, chunks=1) > MAX_KEPT_BLOCKS


async def test_no_message_waits_for_the_garbage_collector() -> None:
    """Duplicates and rejected orders are freed with their answer, without the garbage collector."""
    chance = Random(1)  # noqa: S311 - as above
    async with running_handler(lambda _: None) as (handler, _, memory):
        memory.answer("Keep", b"empty")

        async def garbage() -> int:
            bodies = chunk(1, chance)["order_create"]
            memory.answer("Restore", b"empty")
            gc.collect()
            await asyncio.gather(*map(handler.handle, bodies))
            return gc.collect()

        await garbage()  # imports and caches of the first messages
        assert await garbage() < CHUNK // 10
