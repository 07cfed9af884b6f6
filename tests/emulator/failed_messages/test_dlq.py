"""Dead letters become failed messages: complete, counted, grouped by reason, reported."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from shared.bootstrap.adapters import utc_now
from shared.failed_messages.failure_groups import Handover
from shared.failed_messages.model import MessageFilter, MessageStatus
from shared.failed_messages.notifications import MAX_PER_HOUR, Notification, NotificationKind
from tests import messages
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
    console_backend,
    function_application,
)
from tests.lab.stack.emulators import Emulators
from tests.lab.tests.receiver import receiving

pytestmark = pytest.mark.emulator

ORDER = messages.order()
ORDER_ID = ORDER["orderId"]
PUBLISHED = "2026-11-20T10:00:00.000+00:00"
ALL = MessageFilter()


@pytest.fixture
async def backend(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[ConsoleBackend]:
    """Yield the console's services over real functions."""
    async with console_backend(emulators, project, tmp_path) as backend:
        yield backend


async def test_a_failed_message_says_where_why_and_when_it_failed(backend: ConsoleBackend) -> None:
    """It has its origin, reason, times, attempts and order, and says whether it is critical."""
    message_id = await backend.dead_letter(
        broken(ORDER_ID), published=PUBLISHED, attributes={"note": "private"}
    )

    message = await backend.services.messages.find(message_id)

    assert (message.topic, message.subscription) == ("order-create", "order-create-sub")
    assert (message.failure_reason.error_type, message.failure_reason.slug) == (
        "rejected",
        "order.totals_mismatch",
    )
    assert (message.delivery_attempts, message.dead_letter_count, message.replays) == (5, 1, 0)
    assert message.publish_time.isoformat() == "2026-11-20T10:00:00+00:00"
    assert (message.order_id, message.critical, message.status) == (ORDER_ID, True, MessageStatus.OPEN)
    assert message.attributes == messages.ATTRIBUTES
    assert message.payload_bytes == len(json.dumps(broken(ORDER_ID)))
    assert [(entry.by, entry.action) for entry in message.history] == [("system", "failed")]


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[]", b'{"orderId": 7}', b'{"orderId": ""}'], ids=repr)
async def test_no_order_is_read_from_what_cannot_be_read(backend: ConsoleBackend, data: bytes) -> None:
    """A payload that is not an object with a valid order id is stored without an order id."""
    message_id = await backend.fail(data)

    assert (await backend.services.messages.find(message_id)).order_id is None


async def test_the_same_dead_letter_delivered_twice_is_counted_once(backend: ConsoleBackend) -> None:
    """Pub/Sub delivers a dead letter at least once; a redelivery changes nothing."""
    for _ in range(2):
        message_id = await backend.dead_letter(ORDER, published=PUBLISHED, message_id="dead-1")

    message = await backend.services.messages.find(message_id)
    assert (message.dead_letter_count, len(message.history)) == (1, 1)


async def test_a_message_dead_lettered_again_is_the_same_failed_message(backend: ConsoleBackend) -> None:
    """Another dead letter of the same message is counted, with its time in the history."""
    for number in range(2):
        message_id = await backend.dead_letter(ORDER, published=PUBLISHED, message_id=f"dead-{number}")

    message = await backend.services.messages.find(message_id)
    assert (message.dead_letter_count, message.status) == (2, MessageStatus.OPEN)
    assert [entry.action for entry in message.history] == ["failed", "dead_lettered_again"]
    assert len((await backend.services.messages.page(ALL)).items) == 1


@pytest.mark.parametrize(
    ("after", "status"),
    [(timedelta(hours=1), MessageStatus.OPEN), (timedelta(hours=-1), MessageStatus.RESOLVED)],
)
async def test_a_resolved_message_opens_again_only_for_a_later_failure(
    backend: ConsoleBackend, after: timedelta, status: MessageStatus
) -> None:
    """A dead letter from before the resolution leaves it closed; one from after it is a new failure."""
    published = utc_now().isoformat(timespec="milliseconds")
    message_id = await backend.dead_letter(ORDER, published=published, message_id="dead-1")
    await backend.services.messages.replay(message_id, by="ann@x")

    await backend.dead_letter(
        ORDER,
        published=published,
        message_id="dead-2",
        dead_lettered_at=utc_now() + after,
        reason="claim.conflict",
    )

    message = await backend.services.messages.find(message_id)
    assert (message.status, message.dead_letter_count) == (status, 2)


async def test_a_discarded_message_stays_discarded(backend: ConsoleBackend) -> None:
    """Another dead letter of the message does not undo what a person decided."""
    message_id = await backend.dead_letter(ORDER, published=PUBLISHED, message_id="dead-1")
    await backend.services.messages.discard(message_id, by="ann@x", reason="a test")

    await backend.dead_letter(ORDER, published=PUBLISHED, message_id="dead-2")

    assert (await backend.services.messages.find(message_id)).status is MessageStatus.DISCARDED


async def test_failures_are_grouped_by_reason(backend: ConsoleBackend) -> None:
    """Same subscription, error type and reason make one group, counted, critical ones first."""
    for number in range(3):
        await backend.fail(messages.order(f"QC-{number}"))
    release = {"topic": "order-release", "subscription": "order-release-sub", "reason": "order.shipped"}
    await backend.fail({"orderId": "QC-1"}, **release)

    groups = (await backend.services.overview.groups()).items

    assert [(each.group.subscription, each.group.critical, each.open) for each in groups] == [
        ("order-create-sub", True, 3),
        ("order-release-sub", False, 1),
    ]
    assert sum(await backend.services.overview.trend(groups[0].group.id)) == 3
    counts = {each.subscription: each.counts for each in await backend.services.overview.subscriptions()}
    assert counts["order-create-sub"][MessageStatus.OPEN] == 3


async def test_a_large_message_is_kept_whole(backend: ConsoleBackend) -> None:
    """A payload beyond a document's size comes back byte for byte, and its message can be listed."""
    noise = [sha256(str(number).encode()).hexdigest() for number in range(40_000)]
    data = json.dumps({"orderId": "QC-1", "noise": noise}).encode()

    message_id = await backend.fail(data)

    payload = await backend.services.messages.unmask(message_id, by="ann@x")
    assert payload.text is not None
    assert json.loads(payload.text) == json.loads(data)
    assert (await backend.services.messages.page(ALL)).items[0].payload_bytes == len(data)


async def test_failures_are_reported_and_critical_ones_raise_an_alert(
    backend: ConsoleBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each failure has a line for Error Reporting, a critical one an alert line; neither has payload."""
    await backend.fail(broken(ORDER_ID))
    reported = capsys.readouterr().out
    await backend.fail(
        {"orderId": "QC-1"}, topic="order-release", subscription="order-release-sub", reason="order.shipped"
    )
    calm = capsys.readouterr().out

    line = json.loads(next(each for each in reported.splitlines() if "ReportedErrorEvent" in each))
    assert line["@type"] == (
        "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
    )
    assert line["message"] == "Dead letter of order-create-sub: order.totals_mismatch"
    assert line["serviceContext"] == {"service": "local", "version": "local"}
    assert '"alert":"critical_failed_message"' in reported
    assert "ReportedErrorEvent" in calm
    assert "critical_failed_message" not in calm
    assert "CUST-123456" not in reported


async def test_a_critical_failure_is_posted_to_the_webhook(backend: ConsoleBackend) -> None:
    """A webhook receives critical failures, without payload."""
    async with receiving() as receiver:
        backend.dead_letters = with_webhook(backend, receiver.url)
        message_id = await backend.fail(broken(ORDER_ID))
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
    """Three failures of one cause at two instances are one message in Slack, which opens the group."""
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
    assert first.body["text"] == "New cause. Dead letter of order-create-sub: order.totals_mismatch"
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
    left = [await log.claim(f"new:{number}", now) for number in range(MAX_PER_HOUR + 2)]
    assert left == [*range(MAX_PER_HOUR - 1, -1, -1), -1, -1]
    assert await backend.another().growth.notifications.log.claim("new:0", now) == -1
    assert await log.claim("new:0", now + timedelta(hours=1)) == MAX_PER_HOUR - 1


def with_webhook(backend: ConsoleBackend, url: str, **more: str) -> Any:
    """Return the function that stores dead letters, with a webhook."""
    environ = backend.dead_letters_environ | {"ALERT_WEBHOOK_URL": url} | more
    return function_application("dlq", environ)
