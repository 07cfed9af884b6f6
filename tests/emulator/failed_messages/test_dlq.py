"""Dead letters become failed messages: complete, counted, grouped by reason, reported."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest

from shared.bootstrap.adapters import utc_now
from shared.failed_messages.model import MessageFilter, MessageStatus
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken

pytestmark = pytest.mark.emulator

ORDER = messages.order()
ORDER_ID = ORDER["orderId"]
PUBLISHED = "2026-11-20T10:00:00.000+00:00"
ALL = MessageFilter()


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


async def test_a_discarded_message_stays_discarded(
    backend: ConsoleBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another dead letter of the message neither undoes what a person decided, nor alerts again."""
    message_id = await backend.dead_letter(ORDER, published=PUBLISHED, message_id="dead-1")
    await backend.services.messages.discard(message_id, by="ann@x", reason="a test")

    assert "critical_failed_message" in capsys.readouterr().out

    await backend.dead_letter(ORDER, published=PUBLISHED, message_id="dead-2")

    message = await backend.services.messages.find(message_id)
    assert (message.status, message.dead_letter_count) == (MessageStatus.DISCARDED, 2)
    assert "critical_failed_message" not in capsys.readouterr().out


async def test_an_old_dead_letter_that_arrives_late_is_only_counted(
    backend: ConsoleBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason stays that of the latest failure, and no person is alerted to the older one."""
    for number, minutes, reason in ((1, 0, "claim.conflict"), (2, -5, "order.totals_mismatch")):
        message_id = await backend.dead_letter(
            ORDER,
            published=PUBLISHED,
            message_id=f"dead-{number}",
            dead_lettered_at=utc_now() + timedelta(minutes=minutes),
            reason=reason,
        )

    message = await backend.services.messages.find(message_id)
    assert (message.failure_reason.slug, message.dead_letter_count) == ("claim.conflict", 2)
    assert capsys.readouterr().out.count('"alert":"critical_failed_message"') == 1


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
