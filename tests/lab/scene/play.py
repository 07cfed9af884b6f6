"""Play the scene on a running stack, and wait until every message has its outcome."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.lab.scene.messages import (
    EARLY,
    FAILURES,
    GOOD,
    ORDERS_PER_CUSTOMER,
    OVER_CAPTURES,
    Scene,
    SceneMessage,
)
from tests.lab.stack.client import StackClient
from tests.lab.stack.polling import until
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub

TIMEOUT_S = 120.0


async def play(stack: StackClient, scene: Scene) -> None:
    """Publish all messages of the scene; return when the last one has failed.

    Raises TimeoutError.
    """
    async with aiohttp.ClientSession(stack.url("console")) as http:
        await publish(stack, scene.good_orders())
        for number in range(ORDERS_PER_CUSTOMER - 1, GOOD, ORDERS_PER_CUSTOMER):  # a customer's last order
            await _until_order(http, scene.good_order_id(number), lambda _: True)
        await publish(stack, scene.authorisations())
        for number in range(OVER_CAPTURES):
            await _until_order(http, scene.good_order_id(number), _has_amount("authorizedMinor"))
        await publish(stack, scene.over_captures())
        for number in range(OVER_CAPTURES):
            await _until_order(http, scene.good_order_id(number), _has_amount("capturedMinor"))
        await publish(stack, scene.failures())
        await _until(lambda: _has_failures(http, scene))


async def bring_late_orders(stack: StackClient, scene: Scene) -> None:
    """Publish the orders of the early parcels; return when all are processed."""
    await publish(stack, scene.late_orders())
    async with aiohttp.ClientSession(stack.url("console")) as http:
        for number in range(EARLY):
            await _until_order(http, scene.early_order_id(number), lambda _: True)


async def publish(stack: StackClient, messages: Iterable[SceneMessage]) -> None:
    """Publish messages, in order."""
    async with PubSub(stack.emulators.pubsub) as pubsub:
        for each in messages:
            message = Message(each.data, each.attributes, "", datetime.now(UTC), each.ordering_key)
            await pubsub.publish(f"projects/{stack.project}/topics/{each.topic}", message)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    await until(condition, TIMEOUT_S)


async def _until_order(
    http: aiohttp.ClientSession, order_id: str, reached: Callable[[dict[str, Any]], bool]
) -> None:
    async def has_reached() -> bool:
        async with http.get(f"/api/orders/{quote(order_id)}") as answer:
            order: dict[str, Any] | None = (await answer.json())["order"] if answer.ok else None
        return order is not None and reached(order)

    await _until(has_reached)


def _has_amount(field: str) -> Callable[[dict[str, Any]], bool]:
    return lambda order: bool(order["position"][field])


async def _has_failures(http: aiohttp.ClientSession, scene: Scene) -> bool:
    found = 0
    query = {"limit": "200"}
    while True:
        async with http.get("/api/failed", params=query) as answer:
            page: dict[str, Any] = await answer.json()
        ids: list[str] = [message["orderId"] or "" for message in page["items"]]
        found += sum(each.startswith(f"QC-{scene.day}-") for each in ids)
        if page["next"] is None:
            return found >= FAILURES
        query["cursor"] = page["next"]
