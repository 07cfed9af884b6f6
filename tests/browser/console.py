"""The stack behind the pages: publish messages, wait until they have failed, look by the JSON API."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from playwright.async_api import Locator, Page, expect

from tests.lab.stack.client import StackClient
from tests.lab.stack.polling import until
from tests.lab.tests.relaying import publish

POLL_MS = 10_000
"""The longest interval at which a part of a page asks for news."""


def new_id(prefix: str) -> str:
    """Return an id that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


async def settled(page: Page) -> None:
    """Return when nothing of the page is still being fetched."""
    await expect(page.locator(".htmx-request")).to_have_count(0)


async def skip_counts(page: Page) -> None:
    """Answer the requests for trends and for counts of subscriptions at once, with nothing.

    For tests that only pass the first page: each visit costs the emulator a hundred counts or more.
    """
    await page.route("**/{trend,subscriptions}", lambda route: route.fulfill(status=204))


async def open_failures(page: Page) -> None:
    """Open the first page without its counts."""
    await skip_counts(page)
    await page.goto("/")


@dataclass
class Clicks:
    """Count a person's clicks: typing is free, waiting too."""

    number: int = 0

    async def on(self, target: Locator) -> None:
        """Click once."""
        await target.click()
        self.number += 1


@dataclass(frozen=True)
class Console:
    """What a test knows of the console beside its pages."""

    stack: StackClient

    @property
    def url(self) -> str:
        """Return where the pages are."""
        return self.stack.url("console")

    async def publish(self, topic: str, data: Any, attributes: Mapping[str, str] | None = None) -> None:
        """Publish a message: bytes as they are, anything else as JSON."""
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        name = f"projects/{self.stack.project}/topics/{topic}"
        await publish(self.stack.emulators.pubsub, name, raw, attributes={**(attributes or {})})

    async def failed(self, order_id: str) -> dict[str, Any]:
        """Return the failed message of an order, once there is one."""
        return (await self.all_failed(1, order=order_id))[0]

    async def broken_order(self, name: str) -> dict[str, Any]:
        """Publish an order that has nothing but an id with this beginning; return its failed message."""
        order_id = new_id(name)
        await self.publish("order-create", {"orderId": order_id})
        return await self.failed(order_id)

    async def all_failed(self, number: int, **query: str) -> list[dict[str, Any]]:
        """Return the failed messages that match, once there are as many as expected."""
        found: list[dict[str, Any]] = []

        async def enough() -> bool:
            found[:] = (await self.get("/api/failed", **query))["items"]
            return len(found) >= number

        await until(enough)
        return found

    async def get(self, path: str, **query: str) -> Any:
        """Ask the JSON API; None where there is nothing."""
        async with aiohttp.ClientSession() as session, session.get(self.url + path, params=query) as answer:
            return await answer.json() if answer.ok else None

    async def post(self, path: str, **body: Any) -> Any:
        """Act by the JSON API."""
        async with aiohttp.ClientSession() as session, session.post(self.url + path, json=body) as answer:
            assert answer.ok, await answer.text()
            return await answer.json()
