"""Dead letters become cases: complete, counted, grouped by cause, told to who must know."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from shared.bootstrap.adapters import utc_now
from shared.failed_messages.model import CaseStatus
from shared.failed_messages.repository import CaseFilter
from tests import messages
from tests.emulator.failed_messages.reviewing import Reviewing, broken, function_application, reviewing
from tests.lab.stack.emulators import Emulators
from tests.lab.tests.receiver import receiving

pytestmark = pytest.mark.emulator

ORDER = messages.order()
ORDER_ID = ORDER["orderId"]
PUBLISHED = "2026-11-20T10:00:00.000+00:00"
ALL = CaseFilter()


@pytest.fixture
async def desk(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Reviewing]:
    """Yield the review over real functions."""
    async with reviewing(emulators, project, tmp_path) as desk:
        yield desk


async def test_a_case_says_everything_about_its_message(desk: Reviewing) -> None:
    """Where it came from, why and how often it failed, when, of which order, and how urgent it is."""
    case_id = await desk.dead_letter(broken(ORDER_ID), published=PUBLISHED, attributes={"note": "private"})

    case = await desk.review.desk.case(case_id)

    assert (case.topic, case.subscription) == ("order-create", "order-create-sub")
    assert (case.failure_reason.error_type, case.failure_reason.slug) == ("rejected", "order.totals_mismatch")
    assert (case.delivery_attempts, case.dead_lettered, case.replays) == (5, 1, 0)
    assert case.publish_time.isoformat() == "2026-11-20T10:00:00+00:00"
    assert (case.order_id, case.critical, case.status) == (ORDER_ID, True, CaseStatus.OPEN)
    assert case.attributes == messages.ATTRIBUTES
    assert case.payload_bytes == len(json.dumps(broken(ORDER_ID)))
    assert [(entry.by, entry.action) for entry in case.history] == [("system", "failed")]


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[]", b'{"orderId": 7}', b'{"orderId": ""}'], ids=repr)
async def test_no_order_is_read_from_what_cannot_be_read(desk: Reviewing, data: bytes) -> None:
    """A payload that is no object with a valid order id is kept without one."""
    case_id = await desk.fail(data)

    assert (await desk.review.desk.case(case_id)).order_id is None


async def test_the_same_dead_letter_delivered_twice_is_counted_once(desk: Reviewing) -> None:
    """Pub/Sub delivers a dead letter at least once; a redelivery changes nothing."""
    for _ in range(2):
        case_id = await desk.dead_letter(ORDER, published=PUBLISHED, message_id="dead-1")

    case = await desk.review.desk.case(case_id)
    assert (case.dead_lettered, len(case.history)) == (1, 1)


async def test_a_message_given_up_again_is_the_same_case(desk: Reviewing) -> None:
    """Another dead letter of the same message is counted, with its time in the history."""
    for number in range(2):
        case_id = await desk.dead_letter(ORDER, published=PUBLISHED, message_id=f"dead-{number}")

    case = await desk.review.desk.case(case_id)
    assert (case.dead_lettered, case.status) == (2, CaseStatus.OPEN)
    assert [entry.action for entry in case.history] == ["failed", "dead_lettered_again"]
    assert len((await desk.review.cases.page(ALL)).items) == 1


@pytest.mark.parametrize(
    ("after", "status"), [(timedelta(hours=1), CaseStatus.OPEN), (timedelta(hours=-1), CaseStatus.RESOLVED)]
)
async def test_a_resolved_case_opens_again_only_for_a_later_failure(
    desk: Reviewing, after: timedelta, status: CaseStatus
) -> None:
    """A dead letter from before the case was resolved is late news; one from after it is a new failure."""
    published = utc_now().isoformat(timespec="milliseconds")
    case_id = await desk.dead_letter(ORDER, published=published, message_id="dead-1")
    await desk.review.desk.replay(case_id, by="ann@x")

    await desk.dead_letter(
        ORDER, published=published, message_id="dead-2", given_up=utc_now() + after, reason="claim.conflict"
    )

    case = await desk.review.desk.case(case_id)
    assert (case.status, case.dead_lettered) == (status, 2)


async def test_a_discarded_case_stays_so(desk: Reviewing) -> None:
    """What a person has decided is not undone by the same message failing again."""
    case_id = await desk.dead_letter(ORDER, published=PUBLISHED, message_id="dead-1")
    await desk.review.desk.discard(case_id, by="ann@x", reason="a test")

    await desk.dead_letter(ORDER, published=PUBLISHED, message_id="dead-2")

    assert (await desk.review.desk.case(case_id)).status is CaseStatus.DISCARDED


async def test_failures_are_grouped_by_cause(desk: Reviewing) -> None:
    """Same subscription, error type and reason make one group, counted, critical ones first."""
    for number in range(3):
        await desk.fail(messages.order(f"QC-{number}"))
    cancel = {"topic": "order-cancel", "subscription": "order-cancel-sub", "reason": "order.shipped"}
    await desk.fail({"orderId": "QC-1"}, **cancel)

    groups = (await desk.review.overview.groups()).items

    assert [(each.group.subscription, each.group.critical, each.open) for each in groups] == [
        ("order-create-sub", True, 3),
        ("order-cancel-sub", False, 1),
    ]
    assert sum(await desk.review.overview.trend(groups[0].group.id)) == 3
    counts = {each.subscription: each.counts for each in await desk.review.overview.subscriptions()}
    assert counts["order-create-sub"][CaseStatus.OPEN] == 3


async def test_a_large_message_is_kept_whole(desk: Reviewing) -> None:
    """A payload beyond a document's size comes back byte for byte, and its case can be listed."""
    noise = [sha256(str(number).encode()).hexdigest() for number in range(40_000)]
    data = json.dumps({"orderId": "QC-1", "noise": noise}).encode()

    case_id = await desk.fail(data)

    payload = await desk.review.desk.unmask(case_id, by="ann@x")
    assert payload.text is not None
    assert json.loads(payload.text) == json.loads(data)
    assert (await desk.review.cases.page(ALL)).items[0].payload_bytes == len(data)


async def test_failures_are_reported_and_critical_ones_raise_an_alert(
    desk: Reviewing, capsys: pytest.CaptureFixture[str]
) -> None:
    """Error Reporting's line tells of each failure, the alert's line of critical ones; neither of payload."""
    await desk.fail(broken(ORDER_ID))
    reported = capsys.readouterr().out
    await desk.fail(
        {"orderId": "QC-1"}, topic="order-cancel", subscription="order-cancel-sub", reason="order.shipped"
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


async def test_a_critical_failure_is_posted_to_the_webhook(desk: Reviewing) -> None:
    """Who set a webhook is told of a critical failure there, without payload."""
    async with receiving() as receiver:
        desk.dead_letters = with_webhook(desk, receiver.url)
        case_id = await desk.fail(broken(ORDER_ID))
        (alert,) = await receiver.arrived(1)

    assert alert.body["failedMessage"] == case_id
    assert alert.body["reason"] == "order.totals_mismatch"
    assert "CUST-123456" not in json.dumps(alert.body)


async def test_a_dead_webhook_does_not_keep_messages_from_being_stored(desk: Reviewing) -> None:
    """Where nobody answers the alert, the message is stored and acknowledged all the same."""
    desk.dead_letters = with_webhook(desk, "http://127.0.0.1:9/")

    case_id = await desk.fail(ORDER)

    assert (await desk.review.desk.case(case_id)).status is CaseStatus.OPEN


def with_webhook(desk: Reviewing, url: str) -> Any:
    """Return the function that stores dead letters, told of a webhook."""
    return function_application("dlq", desk.dead_letters_environ | {"ALERT_WEBHOOK_URL": url})
