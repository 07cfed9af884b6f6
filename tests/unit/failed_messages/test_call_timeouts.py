"""A call over HTTP ends in time, also where the answer arrives byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx2
import pytest

from pages import traffic
from pages.traffic import TrafficSource
from shared.failed_messages import function_client, webhook
from shared.failed_messages.function_client import NO_DRY_RUN, FunctionClient, PushRequest
from shared.failed_messages.notifications import Notification, NotificationKind
from terminal import client
from terminal.client import Api, CommandError, Exit

REQUEST = PushRequest(
    subscription="order-create-sub",
    message_id="m-1",
    publish_time=datetime(2024, 1, 10, tzinfo=UTC),
    attributes={},
    ordering_key="",
    data=b"{}",
)
URL = "http://127.0.0.1:1"
PATIENCE_S = 5.0
"""Within which a call of a tenth of a second has ended."""


class EndlessAnswer(httpx2.AsyncByteStream):
    """A byte, again and again, each within the timeout of a read."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield without end."""
        while True:
            await asyncio.sleep(0.01)
            yield b" "


ENDLESS = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=EndlessAnswer()))


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> httpx2.AsyncClient:
    """Return a client of a server that never finishes its answer; all calls may take a tenth of a second."""
    monkeypatch.setattr(function_client, "CALL_TIMEOUT_S", 0.1)
    monkeypatch.setattr(webhook, "CALL_TIMEOUT_S", 0.1)
    monkeypatch.setattr(traffic, "METRICS_TIMEOUT_S", 0.1)
    return httpx2.AsyncClient(transport=ENDLESS)


async def test_a_function_has_not_answered(http: httpx2.AsyncClient) -> None:
    """A replay is a transient failure, a dry run an error."""
    client = FunctionClient(http, {REQUEST.subscription: URL}, "p")
    async with asyncio.timeout(PATIENCE_S):
        answer, dry_run = await asyncio.gather(client.push(REQUEST), client.dry_run(REQUEST))
    assert answer.failure_reason.error_type == "transient"
    assert dry_run.reason == NO_DRY_RUN


async def test_metrics_are_left_out(http: httpx2.AsyncClient) -> None:
    """The page is shown without charts."""
    async with asyncio.timeout(PATIENCE_S):
        assert await TrafficSource(http, URL).read() is None


async def test_a_webhook_is_not_called_for_a_while(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tries, then silence: the storing of dead letters goes on."""
    clients: list[object] = []

    def client(**_: object) -> httpx2.AsyncClient:
        clients.append(http)
        return http

    monkeypatch.setattr(httpx2, "AsyncClient", client)
    hook = webhook.Webhook(URL, lambda: datetime(2024, 1, 10, tzinfo=UTC))
    notification = Notification(kind=NotificationKind.NEW_GROUP, text="New", fields={}, link=None)
    async with asyncio.timeout(PATIENCE_S):
        await hook.send(notification)
        await hook.send(notification)
    assert len(clients) == 1


def test_a_command_of_the_terminal_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails as where no console answers."""
    monkeypatch.setattr(client, "CALL_TIMEOUT_S", 0.1)
    with pytest.raises(CommandError, match="does not answer within") as raised:
        Api("http://console/api", ENDLESS).get("/groups")
    assert raised.value.code is Exit.UNAVAILABLE
