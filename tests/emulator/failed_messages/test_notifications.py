"""A webhook gets notifications once an hour: of new groups, critical messages and groups that grow fast."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from shared.bootstrap.console import connect_services
from shared.failed_messages.failure_groups import Handover
from shared.failed_messages.growth import MIN_FAILED
from shared.failed_messages.model import PAGE_SIZE, MessageStatus
from shared.failed_messages.notifications import MAX_PER_HOUR, Notification, NotificationKind
from tests import messages
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
    function_application,
)
from tests.lab.tests.receiver import Receiver, receiving
from tests.unit.failed_messages.failed_messages import failed_message

pytestmark = pytest.mark.emulator

ORDER = messages.order()
RELEASE = {"topic": "order-release", "subscription": "order-release-sub", "reason": "order.shipped"}
"""A failure that is not critical."""

CONSOLE = "https://console.example"


async def ask_as_the_schedule(backend: ConsoleBackend, url: str) -> None:
    """Send the schedule's request to a new instance of the console that has a webhook."""
    from application import build_application

    settings = backend.settings.model_copy(update={"alert_webhook_url": url, "console_url": CONSOLE})
    http = httpx2.AsyncClient(transport=backend.transport)
    transport = httpx2.ASGITransport(
        app=build_application(connect_services(settings, http, backend.now), settings)
    )
    async with httpx2.AsyncClient(transport=transport, base_url="http://console.example") as client:
        answer = await client.post("/api/retry-deferred", json={})
    assert answer.status_code == 200, answer.text


def alerts(receiver: Receiver) -> list[tuple[str, str, str]]:
    """Return alert, reason and link of each notification that arrived."""
    bodies = [each.body for each in receiver.pushes]
    return [(each["alert"], each["reason"], each["link"]) for each in bodies]


async def test_new_critical_and_growing_groups_are_notified_once_each(backend: ConsoleBackend) -> None:
    """A flood of one group and a critical message are three notifications, however many instances look."""
    async with receiving() as receiver:
        backend.dead_letters = with_webhook(backend, receiver.url, CONSOLE_URL=CONSOLE)
        for number in range(MIN_FAILED):
            flood = await backend.fail({"orderId": f"QC-{number}"}, **RELEASE)
            if number == MIN_FAILED - 2:
                await ask_as_the_schedule(backend, receiver.url)
        critical = await backend.fail(broken("QC-1"))
        for _ in range(2):
            await ask_as_the_schedule(backend, receiver.url)

    groups = {each: (await backend.services.messages.find(each)).group_id for each in (flood, critical)}
    assert alerts(receiver) == [
        ("new_failure_group", "order.shipped", f"{CONSOLE}/groups/{groups[flood]}"),
        ("critical_failed_message", "order.totals_mismatch", f"{CONSOLE}/groups/{groups[critical]}"),
        ("growing_failure_group", "order.shipped", f"{CONSOLE}/groups/{groups[flood]}"),
    ]
    assert receiver.pushes[-1].body["failed"] == MIN_FAILED


async def test_a_cause_that_stopped_growing_is_not_notified(backend: ConsoleBackend) -> None:
    """A quarter of an hour after its last failure the schedule notifies of no group."""
    for number in range(MIN_FAILED):
        await backend.fail({"orderId": f"QC-{number}"}, **RELEASE)
    backend.later = timedelta(minutes=15)
    async with receiving() as receiver:
        await ask_as_the_schedule(backend, receiver.url)
    assert alerts(receiver) == []


async def test_a_growing_group_is_found_behind_many_critical_ones(backend: ConsoleBackend) -> None:
    """Critical groups are listed first and stay stored: more of them than a page has hide nothing."""
    groups = backend.services.overview.failure_groups
    for number in range(PAGE_SIZE + 1):
        long_ago = backend.now() - timedelta(days=number + 1)
        old = {"attributes": {"source": "QC-SMF", "version": f"1.{number}"}, "last_failed_at": long_ago}
        await groups.ensure(failed_message(**old))
    for number in range(MIN_FAILED):
        await backend.fail({"orderId": f"QC-{number}"}, **RELEASE)
    async with receiving() as receiver:
        await ask_as_the_schedule(backend, receiver.url)

    assert [alert for alert, _, _ in alerts(receiver)] == ["growing_failure_group"]
    shown = await backend.services.overview.groups()
    assert [(each.group.slug, each.open) for each in shown.items] == [("order.shipped", MIN_FAILED)]


async def test_a_critical_failure_is_posted_to_the_webhook(backend: ConsoleBackend) -> None:
    """A webhook receives critical failures, without payload."""
    async with receiving() as receiver:
        backend.dead_letters = with_webhook(backend, receiver.url)
        message_id = await backend.fail(broken("QC-1"))
        (alert,) = await receiver.arrived(1)

    assert alert.body["failedMessage"] == message_id
    assert alert.body["reason"] == "order.totals_mismatch"
    assert "CUST-123456" not in json.dumps(alert.body)


async def test_a_dead_webhook_does_not_keep_messages_from_being_stored(backend: ConsoleBackend) -> None:
    """If the webhook does not answer, the message is stored and acknowledged all the same."""
    backend.dead_letters = with_webhook(backend, "http://127.0.0.1:9/")

    message_id = await backend.fail(ORDER)

    assert (await backend.services.messages.find(message_id)).status is MessageStatus.OPEN


async def test_a_cause_is_notified_once_with_a_link(backend: ConsoleBackend) -> None:
    """Three failures of one group at two instances are one message in Slack, which opens the group."""
    async with receiving() as receiver:
        slack = {"ALERT_WEBHOOK_FORMAT": "slack", "CONSOLE_URL": "https://console.example"}
        for number in range(3):
            if number != 1:
                backend.dead_letters = with_webhook(backend, receiver.url, **slack)
            message_id = await backend.fail(broken(f"QC-{number}"))
        backend.dead_letters = with_webhook(backend, receiver.url, **slack)
        await backend.fail(ORDER, reason="store.unavailable", error_type="transient")
        first, second = await receiver.arrived(2)

    group_id = (await backend.services.messages.find(message_id)).group_id
    assert first.body["text"] == "New failure group. Dead letter of order-create-sub: order.totals_mismatch"
    assert first.body["blocks"][-1]["elements"][0]["url"] == f"https://console.example/groups/{group_id}"
    assert "store.unavailable" in second.body["text"]


async def test_a_muted_cause_is_not_notified(backend: ConsoleBackend) -> None:
    """A mute holds back notifications of its group until it ends."""
    sent: list[Notification] = []

    async def send(notification: Notification) -> None:
        sent.append(notification)

    message_id = await backend.fail(broken("QC-1"))
    group_id = (await backend.services.messages.find(message_id)).group_id
    muted = Handover(muted_until=backend.now() + timedelta(hours=1))
    await backend.services.overview.hand_over(group_id, muted, by="ann@x")
    group = (await backend.services.overview.group(group_id)).group
    notifications = replace(backend.services.growth.notifications, send=send)
    await notifications.notify(NotificationKind.GROWING, group_id, group, "muted", {})
    backend.later = timedelta(hours=1)
    await notifications.notify(NotificationKind.GROWING, group_id, group, "loud", {})

    assert [each.text for each in sent] == ["loud"]


async def test_notifications_are_bounded(backend: ConsoleBackend) -> None:
    """All instances together send so many in one hour; an instance that starts later knows what was sent."""
    log, now = backend.services.growth.notifications.log, backend.now()
    left = [await log.record(f"new:{number}", now) for number in range(MAX_PER_HOUR + 2)]
    assert left == [*range(MAX_PER_HOUR - 1, -1, -1), None, None]
    assert await backend.another().growth.notifications.log.record("new:0", now) is None
    assert await log.record("new:0", now + timedelta(hours=1)) == MAX_PER_HOUR - 1


def with_webhook(backend: ConsoleBackend, url: str, **more: str) -> Any:
    """Return the function that stores dead letters, with a webhook."""
    environ = backend.dead_letters_environ | {"ALERT_WEBHOOK_URL": url} | more
    return function_application("dlq", environ)
