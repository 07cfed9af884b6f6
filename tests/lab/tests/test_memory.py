"""The trend of memory, and the verdict on it; and that messages leave nothing behind in a process."""

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
from tests.lab.memory.trend import Trend, trend
from tests.lab.memory.verdict import excesses
from tests.lab.stack.keyset import ensure_keyset
from tests.unit.consumer.processors import ROUTES

MESSAGES = [*range(10_250, 20_001, 250)]
STEADY = Trend(slope=3.0, least=-10.0, greatest=16.0)
KEPT = 0.5
"""Blocks of the interpreter's allocator per message: one that is kept of every other message is too many."""


def resident(slope: float, noise: Callable[[int], float] = lambda _: 0.0) -> list[int]:
    """Return bytes of memory that grow by so much a message."""
    return [100_000_000 + round(slope * each + noise(each)) for each in MESSAGES]


def test_a_leak_is_seen_through_noise() -> None:
    """A kilobyte a message is told from samples that jump by a hundred kilobytes."""
    chance = Random(1)  # noqa: S311 - repeatable, and keeps no secret

    found = trend(MESSAGES, resident(1_000, lambda _: chance.uniform(-1e5, 1e5)))

    assert found.least > 900
    assert found.greatest < 1_100


def test_memory_that_never_changes_has_no_trend() -> None:
    """No slope, and no doubt about it."""
    assert trend(MESSAGES, resident(0)) == Trend(0.0, 0.0, 0.0)


def test_steps_are_trusted_less_than_independent_samples() -> None:
    """The same deviations, one after the other alike, leave more doubt than in random order."""
    levels = [1e5 if number // 5 % 2 else -1e5 for number in range(len(MESSAGES))]
    shuffled = Random(1).sample(levels, len(levels))  # noqa: S311 - as above

    steps, independent = (
        trend(MESSAGES, resident(0, lambda each, of=of: of[MESSAGES.index(each)]))  # type: ignore[misc]
        for of in (levels, shuffled)
    )

    assert steps.greatest - steps.least > 1.5 * (independent.greatest - independent.least)


def peak(highest: int) -> Peak:
    """Return the peak of a function that is deployed with 512 MiB."""
    return Peak("ship", 100 << 20, highest << 20, 200 << 20, 512 << 20)


def test_steady_memory_within_its_bounds_passes() -> None:
    """Nothing is named where nothing is wrong."""
    assert excesses({"ship": STEADY}, {"shipped": peak(400)}) == []


def test_a_slope_that_may_be_a_leak_is_named() -> None:
    """Doubt is not the system's benefit: an interval that reaches the bound fails."""
    doubtful = Trend(slope=3.0, least=-300.0, greatest=306.0)

    assert excesses({"ship": doubtful}, {}) == ["ship may gain +3 (-300 to +306) bytes a message"]


def test_a_peak_too_near_to_what_is_deployed_is_named() -> None:
    """A message that takes nearly all of an instance's memory leaves none for its neighbours."""
    assert excesses({}, {"shipped": peak(420)}) == ["shipped: 420 of 512 MiB"]


def test_deployed_memory_is_what_the_topology_says() -> None:
    """In bytes, for both units."""
    assert (deployed_bytes("ship"), deployed_bytes("order_create")) == (512 << 20, 1 << 30)


def test_the_largest_order_just_fits_a_message() -> None:
    """Within the limit of 10 MB, and hardly below it (requirements 1.1)."""
    (order,) = orders.take(1, largest_lines())

    assert 9_900_000 < len(json.dumps(order)) <= 9_998_000


def test_a_report_is_drawn(tmp_path: Path) -> None:
    """The picture holds both functions' slopes, and is small enough to be kept with the code."""
    samples = [{"messages": each, "resident": 100 << 20, "cpu_ms": 1.0} for each in MESSAGES]
    steady = {"samples": samples, "trend": asdict(STEADY)}
    peaks = {"shipped": asdict(peak(400))}

    plot.draw({"steady": {"order_create": steady, "ship": steady}, "peaks": peaks}, tmp_path / "memory.svg")

    drawn = (tmp_path / "memory.svg").read_text(encoding="utf-8")
    assert "ship: +3 bytes a message (-10 to +16)" in drawn
    assert len(drawn) < 100_000


@asynccontextmanager
async def answering(
    record: Callable[[Delivery], None],
) -> AsyncIterator[tuple[PushHandler, PublishedMarker, MemoryBackend]]:
    """Yield what answers pushes of new orders over the real adapters, their marks, and the backend."""
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
            random=Random(1),  # noqa: S311 - spreads retries, keeps no secret
            sleep=asyncio.sleep,
            shop_currency="THB",
        )
        yield (
            PushHandler(
                process=processor.process,
                subscriptions={},
                failures=DeliveryFailures(rpc),
                publisher=publisher,
                clock=utc_now,
                record=record,
            ),
            marks,
            memory,
        )
        if marks._flush is not None:
            await marks._flush  # it writes once more


async def kept_per_message(record: Callable[[Delivery], None], chunks: int) -> float:
    """Return the blocks of memory that a message leaves allocated, after two chunks to warm up."""
    chance = Random(1)  # noqa: S311 - repeatable, and keeps no secret
    async with answering(record) as (handler, marks, memory):
        memory.answer("Keep", b"empty")

        async def answer_chunk() -> int:
            for body in chunk(1, chance)["order_create"]:
                await handler.handle(body)
            await marks.flush()  # or what waits to be written would count, as long as it waits
            memory.answer("Restore", b"empty")
            gc.collect()
            return sys.getallocatedblocks()

        await answer_chunk()
        allocated = [await answer_chunk() for _ in range(chunks + 1)]
        return (allocated[-1] - allocated[0]) / (chunks * CHUNK)


async def test_messages_leave_nothing_behind() -> None:
    """After a thousand new, repeated and rejected orders a process holds what it held before them."""
    assert await kept_per_message(lambda _: None, chunks=4) < KEPT


async def test_what_is_kept_of_every_message_is_seen() -> None:
    """The same measurement notices a list that every message is added to."""
    seen: list[Delivery] = []

    assert await kept_per_message(seen.append, chunks=1) > KEPT


async def test_no_message_waits_for_the_garbage_collector() -> None:
    """What duplicates and rejected orders held is free when they are answered, shared commits or not."""
    chance = Random(1)  # noqa: S311 - as above
    async with answering(lambda _: None) as (handler, _, memory):
        memory.answer("Keep", b"empty")

        async def garbage() -> int:
            bodies = chunk(1, chance)["order_create"]
            memory.answer("Restore", b"empty")
            gc.collect()
            await asyncio.gather(*map(handler.handle, bodies))
            return gc.collect()

        await garbage()  # what the first messages import and cache
        assert await garbage() < CHUNK // 10
