"""What the metrics say of a load is what was published."""

import base64
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.lab.stack.client import StackClient
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.polling import until
from tests.lab.stack.relay import Counts
from tests.lab.stack.up_process import UpProcess
from tests.messages import order

pytestmark = pytest.mark.emulator

LOGS = "LOGS"
"""Beside the stack's own variables: where its functions' output is."""

ATTEMPTS = 5
BATCH = 20
CREATED, REPEATED, INVALID, EARLY = 166, 20, 10, 4
"""Of 200 messages 10 % are repetitions, 5 % break a rule, and 2 % build on what never arrives."""


@pytest.fixture(scope="module")
def metered(emulators: Emulators, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackClient]:
    """Yield a stack for this module alone, so that every count comes from its tests."""
    options = ("--quiet", "--time-scale", "0.02", "--only", "order_create,order_cancel,dlq")
    project = ("--project", f"metered-{uuid.uuid4().hex[:16]}")
    up = UpProcess(
        tmp_path_factory.mktemp("metered"), {**os.environ, **emulators.variables}, *options, *project
    )
    client = up.wait_ready()
    yield StackClient({**client.env, LOGS: str(up.env_file.parent / "logs")})
    assert up.stop() == 0, up.output()


def wrapped(data: dict[str, Any]) -> dict[str, Any]:
    """Return data as a message for Pub/Sub's REST interface."""
    return {"data": base64.b64encode(json.dumps(data).encode()).decode(), "attributes": {"source": "QC-SMF"}}


async def publish(stack: StackClient, topic: str, *messages: dict[str, Any]) -> None:
    """Publish to a topic of the stack."""
    url = f"http://{stack.emulators.pubsub}/v1/projects/{stack.project}/topics/{topic}:publish"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await session.post(url, json={"messages": [wrapped(each) for each in messages]})


async def charts(stack: StackClient) -> dict[str, Any]:
    """Return the stack's charts."""
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        answer = await session.get(stack.env["METRICS_URL"], headers={"Accept": "application/json"})
        charted: dict[str, Any] = await answer.json()
        return charted


async def counted(stack: StackClient, subscription: str) -> dict[str, int]:
    """Return the deliveries of a subscription by outcome, those that never happened left out."""
    totals = (await charts(stack))["totals"].get(subscription, {})
    return {result: number for result, number in totals.items() if number}


async def until_counted(stack: StackClient, subscription: str, number: int) -> dict[str, int]:
    """Return the deliveries by outcome once they are as many as expected."""

    async def arrived() -> bool:
        return sum((await counted(stack, subscription)).values()) >= number

    await until(arrived, 60.0)
    return await counted(stack, subscription)


def cancellation(number: int) -> dict[str, Any]:
    """Return the cancellation of an order that never comes."""
    return {
        "orderId": f"QC-never-{number}",
        "reason": "changed my mind",
        "requestedBy": "customer",
        "cancelledAt": "2024-01-10T10:00:00Z",
    }


def logged(stack: StackClient, subscription: str) -> dict[str, int]:
    """Return the deliveries of a subscription by outcome, as the functions' log has them."""
    files = Path(stack.env[LOGS]).glob("*.log")
    texts = [line.partition(" | ")[2] for file in files for line in file.read_text().splitlines()]
    lines = [json.loads(text) for text in texts if text.startswith("{")]
    return Counter(
        each["outcome"] for each in lines if each.get("subscription") == subscription and "outcome" in each
    )


async def until_ended(stack: StackClient, subscription: str, messages: int) -> None:
    """Return when this number of messages is acknowledged or dead-lettered."""

    async def ended() -> bool:
        relayed = (await stack.counts())[subscription]
        return relayed.acknowledged + relayed.dead_lettered == messages

    await until(ended, 60.0)


async def until_settled(stack: StackClient, subscription: str) -> tuple[dict[str, int], Counts]:
    """Return deliveries by outcome and the relay's counts, once all is done and exported."""

    async def settled() -> bool:
        relayed = (await stack.counts())[subscription]
        return not relayed.outstanding and await counted(stack, subscription) == logged(stack, subscription)

    await until(settled, 60.0)
    return await counted(stack, subscription), (await stack.counts())[subscription]


async def test_counts_by_result_are_what_was_published(metered: StackClient) -> None:
    """Repetitions, rejections and early messages are counted as such, each delivery once."""
    created = [order(f"QC-count-{number}") for number in range(CREATED)]
    invalid = [order(f"QC-invalid-{number}", totals={}) for number in range(INVALID)]
    for start, end in pairwise([0, 1, BATCH, CREATED]):  # the first calls of all are slow
        await publish(metered, "order-create", *created[start:end])
        await until_counted(metered, "order-create-sub", end)
    await publish(metered, "order-create", *created[:REPEATED], *invalid)
    await publish(metered, "order-cancel", *map(cancellation, range(EARLY)))
    await until_ended(metered, "order-create-sub", CREATED + REPEATED + INVALID)
    await until_ended(metered, "order-cancel-sub", EARLY)

    creations, relayed = await until_settled(metered, "order-create-sub")
    cancellations, early = await until_settled(metered, "order-cancel-sub")
    dead_letters, _ = await until_settled(metered, "order-create-dlq-sub")

    # Pushes that did not reach the function, or had their answers lost: 0 unless the machine is overloaded.
    lost = relayed.delivered - sum(creations.values()) + creations.get("error", 0)
    done = creations["processed"] + creations["duplicate"]
    assert CREATED - lost <= creations["processed"] <= CREATED
    assert CREATED + REPEATED <= done <= CREATED + REPEATED + lost
    # A message beyond the nack budget becomes a dead letter before its last attempt.
    assert INVALID - lost <= creations["rejected"] <= INVALID * ATTEMPTS
    lost = early.delivered - cancellations["deferred"]
    assert EARLY - lost <= cancellations["deferred"] <= EARLY * ATTEMPTS
    assert dead_letters["processed"] == INVALID


async def test_charts_show_the_load(metered: StackClient) -> None:
    """Throughput, quantiles and lag have a value at every step, and show messages once there were some."""
    before = sum((await counted(metered, "order-create-sub")).values())
    await publish(metered, "order-create", order("QC-chart"))
    await until_counted(metered, "order-create-sub", before + 1)

    async def drawn() -> bool:
        return sum(sum(line) for line in (await charts(metered))["throughput"].values()) > 0

    await until(drawn, 60.0)
    charted = await charts(metered)

    steps = len(charted["times"])
    lines = [*charted["throughput"].values(), *charted["latency_ms"].values(), *charted["lag"].values()]
    assert {len(line) for line in lines} == {steps}
    assert any(value is not None and value > 0 for value in charted["latency_ms"]["p99"])
    assert charted["lag"]["order-create-sub"][-1] >= 0
