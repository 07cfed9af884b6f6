"""A stand-in for a function in the relay's tests: it records pushes and answers as configured."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = Callable[["Pushed"], Awaitable[int]]


@dataclass(frozen=True)
class Pushed:
    """One push request."""

    body: dict[str, Any]

    @property
    def data(self) -> bytes:
        """Return the message's data, decoded."""
        return base64.b64decode(self.body["message"].get("data", ""))

    @property
    def attempt(self) -> int | None:
        """Return the delivery attempt, if there was one."""
        return self.body.get("deliveryAttempt")


@dataclass
class Receiver:
    """Collects pushes in order of arrival; `answer` decides the status, by default 204."""

    url: str = ""
    pushes: list[Pushed] = field(default_factory=list)
    answer: Answer | None = None
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def data(self) -> list[bytes]:
        """Return the data of all pushes so far."""
        return [pushed.data for pushed in self.pushes]

    async def arrived(self, count: int) -> list[Pushed]:
        """Wait until a number of pushes has arrived since the start; return all of them."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.pushes) >= count)
        return self.pushes

    async def handle(self, request: web.Request) -> web.Response:
        """Record one push."""
        pushed = Pushed(json.loads(await request.read()))
        async with self._arrived:
            self.pushes.append(pushed)
            self._arrived.notify_all()
        return web.Response(status=await self.answer(pushed) if self.answer else 204)


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Serve a receiver on a free port of 127.0.0.1."""
    receiver = Receiver()
    app = web.Application(client_max_size=0)
    app.router.add_post("/", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield receiver
    finally:
        await runner.cleanup()
