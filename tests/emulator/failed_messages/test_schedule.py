"""On the whole stack, the schedule replays what came too early, without a person."""

import base64
import json
import uuid
from typing import Any

import aiohttp
import pytest

from tests import messages
from tests.lab.stack.client import StackClient
from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator

AUTHORIZED = json.loads((ROOT / "tests" / "fixtures" / "payment_authorized.json").read_text())


async def publish(stack: StackClient, topic: str, data: Any, attributes: dict[str, str]) -> None:
    """Publish a message without an ordering key."""
    message = {"data": base64.b64encode(json.dumps(data).encode()).decode(), "attributes": attributes}
    url = f"http://{stack.emulators.pubsub}/v1/projects/{stack.project}/topics/{topic}:publish"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await session.post(url, json={"messages": [message]})


async def failed(stack: StackClient, order_id: str) -> dict[str, Any]:
    """Return the order's failed message with its history; empty while there is none."""
    url = f"{stack.url('console')}/api/failed"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        async with session.get(url, params={"order": order_id}) as listed:
            items = (await listed.json())["items"]
        if not items:
            return {}
        async with session.get(f"{url}/{items[0]['id']}") as shown:
            found: dict[str, Any] = await shown.json()
            return found


async def test_a_payment_before_its_order_is_applied_once_the_order_is_there(stack: StackClient) -> None:
    """Dead-lettered as too early, it is resolved after the order arrived; its history names the schedule."""
    order_id = f"QC-{uuid.uuid4().hex[:8]}"
    payment = {**AUTHORIZED["data"], "orderId": order_id, "authorizationId": f"AUTH-{uuid.uuid4().hex[:8]}"}
    await publish(stack, "payment-authorized", payment, AUTHORIZED["attributes"])

    async def dead_lettered() -> bool:
        return bool(await failed(stack, order_id))

    async def resolved() -> bool:
        return bool((await failed(stack, order_id))["status"] == "RESOLVED")

    await until(dead_lettered, 60)
    await publish(stack, "order-create", messages.order(order_id), messages.ATTRIBUTES)
    await until(resolved, 60)

    found = await failed(stack, order_id)
    assert found["outcome"] == "processed"
    assert {entry["by"] for entry in found["history"]} == {"system"}
    assert found["history"][-1]["action"] == "resolved"
