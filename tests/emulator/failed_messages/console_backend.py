"""The console's services on the emulators, over functions in this process."""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
from functions_framework.aio import create_asgi_app

from shared.bootstrap.adapters import utc_now
from shared.bootstrap.console import connect_services
from shared.consumer.function_answer import DRY_RUN_PATH
from shared.consumer.idempotency import delivery_fingerprint
from shared.contracts.envelope import parse_push
from shared.domain.violations import TotalsMismatch
from shared.failed_messages.console_services import ConsoleServices
from shared.settings import ConsoleSettings
from tests import messages
from tests.emulator.consumer.creation import OrderCreation, order_creation
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import console_subscriptions, function_environment
from tests.lab.stack.paths import ROOT
from tests.lab.stack.topology import load

FUNCTIONS = {"order_create": "http://127.0.0.1:1", "payment": "http://127.0.0.1:2"}
DETAIL = str(TotalsMismatch("totals.subTotal", "the sum of quantity x unitPrice over lineItems"))
"""The violated rule of an order that `broken` returns."""

BeforeCall = Callable[[httpx2.Request], Awaitable[None]]


@dataclass
class FunctionTransport(httpx2.AsyncBaseTransport):
    """The connection from the console to its functions.

    Attributes:
        deliveries: the URLs of the pushes that reached a function, in order.
        dry_runs: the number of dry runs.
        before: awaited before each push is passed on.
        down: calls fail as to a machine that is not there.
    """

    applications: dict[str, httpx2.ASGITransport]
    deliveries: list[bytes] = field(default_factory=list)
    dry_runs: int = 0
    before: BeforeCall | None = None
    down: bool = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a call on to the function in this process."""
        if self.down:
            raise httpx2.ConnectError("down", request=request)
        if request.url.path == "/":
            self.deliveries.append(await request.aread())
            if self.before is not None:
                await self.before(request)
        self.dry_runs += request.url.path == DRY_RUN_PATH
        return await self.applications[f"http://127.0.0.1:{request.url.port}"].handle_async_request(request)


@dataclass(kw_only=True)
class ConsoleBackend:
    """The console's services with everything a test looks at.

    Attributes:
        services: as the console uses them.
        transport: the connection to the functions.
        creation: order creation, with what it leaves behind.
        dead_letters: the function that stores dead letters; its environment beside it.
        later: how far the services' clock is ahead.
    """

    settings: ConsoleSettings
    creation: OrderCreation
    transport: FunctionTransport
    dead_letters: Any
    dead_letters_environ: dict[str, str]
    later: timedelta = timedelta()
    _published: int = 0

    def __post_init__(self) -> None:
        self.services = self.another()

    def another(self) -> ConsoleServices:
        """Return the services of another instance of the console."""
        return connect_services(self.settings, httpx2.AsyncClient(transport=self.transport), self.now)

    def now(self) -> datetime:
        """Return the services' time."""
        return utc_now() + self.later

    async def fail(self, data: Any, **options: Any) -> str:
        """Dead-letter a message of `order-create`, or another topic; return the message's id."""
        self._published += 1
        published = (utc_now() + timedelta(milliseconds=self._published)).isoformat(timespec="milliseconds")
        return await self.dead_letter(data, published=published, **options)

    async def dead_letter(
        self,
        data: Any,
        *,
        published: str,
        topic: str = messages.TOPIC,
        subscription: str = messages.SUBSCRIPTION,
        reason: str = "order.totals_mismatch",
        error_type: str = "rejected",
        message_id: str = "",
        dead_lettered_at: datetime | None = None,
        attributes: dict[str, str] | None = None,
        ordering_key: str = "CUST-123456",
    ) -> str:
        """Hand a dead letter to the function that stores them; return the message's id."""
        given = dict(attributes or {})
        detail = given.pop("failureDetail", DETAIL if reason == TotalsMismatch.slug else "")
        sent = {**messages.ATTRIBUTES, "source": _producer(topic), **given}
        headers = {
            **sent,
            "originalTopic": topic,
            "originalSubscription": subscription,
            "originalPublishTime": published,
            "deliveryAttempts": "5",
            "errorType": error_type,
            "failureReason": reason,
            "failureDetail": detail,
        }
        body = messages.push(
            data,
            subscription=f"{topic}-dlq-sub",
            attributes=headers,
            ordering_key=ordering_key,
            message_id=message_id or f"dead-{published}",
            published=(dead_lettered_at or utc_now()).isoformat(timespec="milliseconds"),
        )
        assert await post(self.dead_letters, body) == 204
        envelope = parse_push(body)
        return delivery_fingerprint(subscription, datetime.fromisoformat(published), envelope.data, sent)

    async def order(self, order_id: str) -> Any:
        """Read the order; None where it does not exist."""
        return next(iter((await self.creation.loaded(order_id)).state.values()), None)


def broken(order_id: str) -> dict[str, Any]:
    """Return an order that is refused: its totals do not add up."""
    return messages.order(order_id, totals=messages.totals(1.00))


async def post(application: Any, body: bytes) -> int:
    """Post a push to an application; return the status of its answer."""
    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://function") as http:
        return (await http.post("/", content=body)).status_code


def function_application(name: str, environ: dict[str, str]) -> Any:
    """Load a function as its runtime does."""
    with mock.patch.dict(os.environ, environ):
        return create_asgi_app(target="handle", source=str(ROOT / "functions" / name / "main.py"))


@contextlib.asynccontextmanager
async def console_backend(emulators: Emulators, project: str, folder: Path) -> AsyncIterator[ConsoleBackend]:
    """Yield the services over real functions on the emulators; `folder` keeps the keyset."""
    async with order_creation(emulators, project, folder) as creation:
        keyset = Path(creation.environ["KEYSET_FILE"])
        topology = load()

        def environ(name: str) -> dict[str, str]:
            return function_environment(project, emulators, keyset, topology.subscriptions_of(name))

        applications = {
            url: httpx2.ASGITransport(app=function_application(name, environ(name)))
            for name, url in FUNCTIONS.items()
        }
        console = function_environment(project, emulators, keyset, {}) | {
            "SUBSCRIPTIONS": console_subscriptions(topology.subscriptions),
            "FUNCTION_URLS": json.dumps(FUNCTIONS),
        }
        yield ConsoleBackend(
            settings=ConsoleSettings.read(console),
            creation=creation,
            transport=FunctionTransport(applications),
            dead_letters=function_application("dlq", environ("dlq")),
            dead_letters_environ=environ("dlq"),
        )


def _producer(topic: str) -> str:
    """Return a source that the topic's functions accept."""
    entry = load().topics.get(topic)
    return entry.producers[0] if entry and entry.producers else messages.ATTRIBUTES["source"]


def outage(error_type: str = "transient") -> dict[str, Any]:
    """Return what a dead letter says after an outage."""
    return {"error_type": error_type, "reason": "store.unavailable"}
