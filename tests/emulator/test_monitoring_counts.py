"""What the metrics say of a load is what was published."""

import base64
import json
import os
import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from tests.messages import order
from tests.stack.client import StackClient
from tests.stack.emulators import Emulators
from tests.stack.polling import until
from tests.stack.up_process import UpProcess

pytestmark = pytest.mark.emulator

ATTEMPTS = 5
BATCH = 20
CREATED, REPEATED, INVALID, EARLY = 166, 20, 10, 4
"""Of 200 messages 10 % are repetitions, 5 % break a rule, and 2 % build on what never arrives."""


@pytest.fixture(scope="module")
def metered(emulators: Emulators, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackClient]:
    """Yield a stack of the functions concerned, whose counts are this module's alone."""
    given = {"PUBSUB_EMULATOR_HOST": emulators.pubsub, "FIRESTORE_EMULATOR_HOST": emulators.firestore}
    options = ("--quiet", "--time-scale", "0.02", "--only", "order_create,order_cancel,dlq")
    project = ("--project", f"metered-{uuid.uuid4().hex[:16]}")
    up = UpProcess(tmp_path_factory.mktemp("metered"), {**os.environ, **given}, *options, *project)
    yield up.wait_ready()
    assert up.stop() == 0, up.said()


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
        answer = await session.get(stack.env["METRICS_URL"])
        told: dict[str, Any] = await answer.json()
        return told


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


async def until_settled(stack: StackClient, subscription: str) -> dict[str, int]:
    """Return the deliveries by outcome once the relay has none outstanding and each of its own is counted."""

    async def settled() -> bool:
        relayed = (await stack.counts())[subscription]
        exported = sum((await counted(stack, subscription)).values())
        return not relayed.outstanding and exported == relayed.delivered

    await until(settled, 60.0)
    return await counted(stack, subscription)


async def test_counts_by_result_are_what_was_published(metered: StackClient) -> None:
    """Repetitions, rejections and early messages are counted as such, each delivery once."""
    created = [order(f"QC-count-{number}") for number in range(CREATED)]
    invalid = [order(f"QC-invalid-{number}", totals={}) for number in range(INVALID)]
    for start, end in pairwise([0, 1, BATCH, CREATED]):  # the first calls of all are slow
        await publish(metered, "order-create", *created[start:end])
        await until_counted(metered, "order-create-sub", end)
    await publish(metered, "order-create", *created[:REPEATED], *invalid)
    await publish(metered, "order-cancel", *map(cancellation, range(EARLY)))
    await until_counted(metered, "order-create-sub", CREATED + REPEATED + INVALID * ATTEMPTS)
    await until_counted(metered, "order-cancel-sub", EARLY * ATTEMPTS)

    creations = await until_settled(metered, "order-create-sub")
    cancellations = await until_settled(metered, "order-cancel-sub")
    letters = await until_settled(metered, "order-create-dlq-sub")

    # A slow emulator's lost answers are errors, and what follows each is one repetition more.
    errors = creations.get("error", 0)
    assert creations["processed"] + creations["duplicate"] == CREATED + REPEATED
    assert REPEATED <= creations["duplicate"] <= REPEATED + errors
    assert creations["rejected"] == INVALID * ATTEMPTS
    assert cancellations["deferred"] + cancellations.get("error", 0) == EARLY * ATTEMPTS
    assert letters["processed"] == INVALID


async def test_charts_show_the_load(metered: StackClient) -> None:
    """Throughput, quantiles and lag have a value at every step, and tell of messages once there were some."""
    before = sum((await counted(metered, "order-create-sub")).values())
    await publish(metered, "order-create", order("QC-chart"))
    await until_counted(metered, "order-create-sub", before + 1)

    async def drawn() -> bool:
        return sum(sum(line) for line in (await charts(metered))["throughput"].values()) > 0

    await until(drawn, 60.0)
    told = await charts(metered)

    steps = len(told["times"])
    lines = [*told["throughput"].values(), *told["latency_ms"].values(), *told["lag"].values()]
    assert {len(line) for line in lines} == {steps}
    assert any(value is not None and value > 0 for value in told["latency_ms"]["p99"])
    assert told["lag"]["order-create-sub"][-1] >= 0
