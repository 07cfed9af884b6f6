"""One failed message is replayed: to its subscription alone, once at a time, with nothing applied twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from shared.contracts.envelope import parse_push
from shared.errors import Outcome
from shared.failed_messages.errors import (
    EditRefused,
    InProgress,
    NotFound,
    NotOpen,
    ReasonMissing,
    Unprotected,
)
from shared.failed_messages.model import Case, CaseStatus
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.reviewing import Reviewing, broken, reviewing
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator

ORDER = messages.order()
ORDER_ID = ORDER["orderId"]
UNKNOWN = "0" * 32


@pytest.fixture
async def desk(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Reviewing]:
    """Yield the review over real functions."""
    async with reviewing(emulators, project, tmp_path) as desk:
        yield desk


async def state(desk: Reviewing, case_id: str) -> tuple[CaseStatus, str | None, list[str]]:
    """Return a case's status, its outcome, and what was done about it."""
    case = await desk.review.desk.case(case_id)
    return case.status, case.outcome, [entry.action for entry in case.history]


async def test_a_replay_that_succeeds_resolves_the_case(desk: Reviewing) -> None:
    """What failed for a cause that is gone is processed by its function, and the case is closed."""
    case_id = await desk.fail(ORDER, reason="store.unavailable", error_type="transient")

    case = await desk.review.desk.replay(case_id, by="ann@x")

    assert (case.status, case.outcome, case.replays) == (CaseStatus.RESOLVED, "processed", 1)
    assert await desk.order(ORDER_ID) is not None
    assert await state(desk, case_id) == (
        CaseStatus.RESOLVED,
        "processed",
        ["failed", "replaying", "resolved"],
    )
    assert {entry.by for entry in case.history} == {"system", "ann@x"}


async def test_a_replay_carries_the_message_as_it_was(desk: Reviewing) -> None:
    """The function is given the original data, attributes, ordering key, time and subscription."""
    case_id = await desk.dead_letter(ORDER, published=messages.PUBLISHED.replace("Z", "+00:00"))
    desk.later = timedelta()

    with pytest.raises(Unprotected):  # the message is years old
        await desk.review.desk.replay(case_id, by="ann@x")
    case_id = await desk.fail(ORDER)
    case = await desk.review.desk.replay(case_id, by="ann@x")

    (body,) = desk.reached.deliveries
    envelope = parse_push(body)
    assert json.loads(envelope.data) == ORDER
    assert envelope.attributes == messages.ATTRIBUTES
    assert (envelope.ordering_key, envelope.subscription) == ("CUST-123456", "order-create-sub")
    assert envelope.publish_time == case.publish_time


async def test_replaying_what_was_processed_changes_nothing_and_says_so(desk: Reviewing) -> None:
    """The claim recognises the message: the order stays as it is, and the outcome is `duplicate`."""
    assert await push(desk.creation.instance(), messages.push(ORDER)) == 204
    before = await desk.order(ORDER_ID)
    case_id = await desk.fail(ORDER)

    forecast = (await desk.review.desk.preflight(case_id)).forecast
    case = await desk.review.desk.replay(case_id, by="ann@x")

    assert (forecast.outcome, forecast.processed_at is not None) == (Outcome.DUPLICATE, True)
    assert (case.status, case.outcome) == (CaseStatus.RESOLVED, "duplicate")
    assert await desk.order(ORDER_ID) == before


async def test_a_replay_that_fails_opens_the_case_again_with_the_new_cause(desk: Reviewing) -> None:
    """The same case, its group changed by the new cause, says how often it was replayed."""
    case_id = await desk.fail(broken(ORDER_ID), reason="store.unavailable", error_type="transient")

    case = await desk.review.desk.replay(case_id, by="ann@x")

    assert (case.status, case.replays) == (CaseStatus.OPEN, 1)
    assert (case.failure_reason.error_type, case.failure_reason.slug) == ("rejected", "order.totals_mismatch")
    (summary,) = (await desk.review.overview.groups()).items
    assert (summary.group.reason, summary.open) == ("order.totals_mismatch", 1)


@pytest.mark.parametrize("people", [1, 2])
async def test_pressing_twice_replays_once(desk: Reviewing, people: int) -> None:
    """However often and by however many it is pressed, one request reaches the function."""
    case_id = await desk.fail(ORDER)
    reviews = [desk.review, desk.another() if people == 2 else desk.review]

    async def press(person: int) -> Case | InProgress | NotOpen:
        try:
            return await reviews[person].desk.replay(case_id, by=f"person {person}")
        except (InProgress, NotOpen) as refusal:
            return refusal

    answers = await asyncio.gather(press(0), press(1))

    assert len(desk.reached.deliveries) == 1
    assert [isinstance(each, Case) for each in answers].count(True) == 1
    assert (await desk.review.desk.case(case_id)).replays == 1


@pytest.mark.parametrize("processed", [False, True])
async def test_a_console_that_dies_half_way_is_taken_over(desk: Reviewing, processed: bool) -> None:  # noqa: FBT001 - a test's parameter
    """Its case stays REPLAYING for two minutes; then anybody may replay, and nothing is applied twice."""
    case_id = await desk.fail(ORDER)
    reached = asyncio.Event()

    async def hang(request: httpx2.Request) -> None:
        if processed:
            await push(desk.creation.instance(), await request.aread())
        reached.set()
        await asyncio.Event().wait()

    desk.reached.before = hang
    dying = asyncio.create_task(desk.review.desk.replay(case_id, by="ann@x"))
    await reached.wait()
    dying.cancel()
    await asyncio.wait([dying])
    desk.reached.before = None
    survivor = desk.another()

    with pytest.raises(InProgress):
        await survivor.desk.replay(case_id, by="bob@x")
    desk.later = timedelta(minutes=2)
    case = await survivor.desk.replay(case_id, by="bob@x")

    expected = "duplicate" if processed else "processed"
    assert (case.status, case.outcome, case.replays) == (CaseStatus.RESOLVED, expected, 2)
    assert [entry.by for entry in case.history] == ["system", "ann@x", "bob@x", "bob@x"]


async def test_who_was_taken_over_does_not_undo_what_came_after(desk: Reviewing) -> None:
    """An answer that arrives after the lease belongs to a replay that is none any more."""
    case_id = await desk.fail(ORDER)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: httpx2.Request) -> None:
        desk.reached.before = None
        reached.set()
        await go_on.wait()

    desk.reached.before = wait
    slow = asyncio.create_task(desk.review.desk.replay(case_id, by="ann@x"))
    await reached.wait()
    desk.later = timedelta(minutes=2)
    taken = await desk.another().desk.replay(case_id, by="bob@x")
    go_on.set()

    assert await slow == taken
    assert (await desk.review.desk.case(case_id)).outcome == "processed"


async def test_no_answer_leaves_the_case_open(desk: Reviewing) -> None:
    """Where the function cannot be reached the case says so, and may be replayed again."""
    case_id = await desk.fail(ORDER)
    desk.reached.down = True

    case = await desk.review.desk.replay(case_id, by="ann@x")
    forecast = (await desk.review.desk.preflight(case_id)).forecast
    desk.reached.down = False

    assert (case.status, case.failure_reason.slug) == (CaseStatus.OPEN, "replay.no_answer")
    assert forecast.reason == "preflight.no_answer"
    assert (await desk.review.desk.replay(case_id, by="ann@x")).status is CaseStatus.RESOLVED


async def test_a_discarded_message_cannot_be_replayed(desk: Reviewing) -> None:
    """A case that was closed with a reason stays closed, for replay and for discarding."""
    case_id = await desk.fail(ORDER)

    with pytest.raises(ReasonMissing):
        await desk.review.desk.discard(case_id, by="ann@x", reason=" ")
    case = await desk.review.desk.discard(case_id, by="ann@x", reason="a test order")

    assert case.status is CaseStatus.DISCARDED
    assert (case.history[-1].by, case.history[-1].detail) == ("ann@x", "a test order")
    with pytest.raises(NotOpen):
        await desk.review.desk.replay(case_id, by="bob@x")
    assert desk.reached.deliveries == []


async def test_an_unknown_case_is_not_found(desk: Reviewing) -> None:
    """Nothing can be done with a case that does not exist."""
    for action in (
        desk.review.desk.case(UNKNOWN),
        desk.review.desk.payload(UNKNOWN),
        desk.review.desk.preflight(UNKNOWN),
        desk.review.desk.replay(UNKNOWN, by="ann@x"),
        desk.review.desk.unmask(UNKNOWN, by="ann@x"),
    ):
        with pytest.raises(NotFound):
            await action


async def test_a_message_that_outlived_its_claim_is_refused(desk: Reviewing) -> None:
    """After ninety days nothing would recognise the message as processed, so it is not replayed."""
    case_id = await desk.fail(ORDER)
    desk.later = timedelta(days=90, minutes=1)

    preflight = await desk.review.desk.preflight(case_id)

    assert isinstance(preflight.refusal, Unprotected)
    assert not preflight.passes
    with pytest.raises(Unprotected):
        await desk.review.desk.replay(case_id, by="ann@x")


async def test_a_preflight_tells_what_would_happen_and_does_nothing(desk: Reviewing) -> None:
    """The deployed code is asked: a good message would pass, a bad one be rejected, none is applied."""
    good = await desk.fail(ORDER)
    bad = await desk.fail(broken("QC-2"))

    passing = await desk.review.desk.preflight(good)
    failing = (await desk.review.desk.preflight(bad)).forecast

    assert (passing.passes, passing.forecast.outcome) == (True, Outcome.PROCESSED)
    assert (failing.outcome, failing.reason) == (Outcome.REJECTED, "order.totals_mismatch")
    assert await desk.creation.documents() == {
        "orders": 0,
        "processed_messages": 0,
        "failed_messages": 2,
    }
    assert await desk.creation.published() == []


async def test_a_preflight_warns_of_what_came_later(desk: Reviewing) -> None:
    """Where the order went on after the message was published, the reviewer is told by what."""
    assert await push(desk.creation.instance(), messages.push(ORDER)) == 204
    case_id = await desk.dead_letter(
        {**ORDER, "orderDate": "2024-01-09T10:00:00Z"}, published="2024-01-09T10:00:00.000+00:00"
    )

    forecast = (await desk.review.desk.preflight(case_id)).forecast

    assert forecast.reason == "claim.conflict"
    assert [each.event for each in forecast.later_events] == ["order.allocated", "order.created"]


async def test_an_edited_message_is_replayed_and_its_difference_kept(desk: Reviewing) -> None:
    """The repaired payload is sent in place of the original, names its case, and the change can be seen."""
    case_id = await desk.fail(broken(ORDER_ID))

    edit = await desk.review.desk.edit(case_id, json.dumps(ORDER).encode(), by="ann@x")
    case = await desk.review.desk.replay(case_id, by="ann@x", edit=edit.id)

    assert (case.status, case.outcome) == (CaseStatus.RESOLVED, "processed")
    assert '-    "subTotal": 1.0,' in edit.difference
    assert '+    "subTotal": 1199.98,' in edit.difference
    assert parse_push(desk.reached.deliveries[0]).attributes["editedFrom"] == case_id
    assert await desk.review.desk.edits(case_id) == (edit,)
    assert [entry.action for entry in case.history] == ["failed", "edited", "replaying", "resolved"]


async def test_an_edit_that_breaks_the_contract_is_refused(desk: Reviewing) -> None:
    """What the contract does not take is not kept, nor what nobody could check."""
    case_id = await desk.fail(broken(ORDER_ID))

    with pytest.raises(EditRefused, match="customerId"):
        await desk.review.desk.edit(case_id, b'{"orderId": "QC-1"}', by="ann@x")
    with pytest.raises(EditRefused, match="JSON"):
        await desk.review.desk.edit(case_id, b"{", by="ann@x")
    desk.reached.down = True
    with pytest.raises(EditRefused, match="nobody"):
        await desk.review.desk.edit(case_id, json.dumps(ORDER).encode(), by="ann@x")

    assert await desk.review.desk.edits(case_id) == ()


async def test_a_takeover_sends_the_edit_that_was_begun(desk: Reviewing) -> None:
    """Who finishes a replay that died finishes the same one: the edit, not the original."""
    case_id = await desk.fail(broken(ORDER_ID))
    edit = await desk.review.desk.edit(case_id, json.dumps(ORDER).encode(), by="ann@x")

    async def die(_: httpx2.Request) -> None:
        raise asyncio.CancelledError

    desk.reached.before = die
    with pytest.raises(asyncio.CancelledError):
        await desk.review.desk.replay(case_id, by="ann@x", edit=edit.id)
    desk.reached.before = None
    desk.later = timedelta(minutes=2)

    assert (await desk.review.desk.replay(case_id, by="bob@x")).outcome == "processed"


async def test_a_payload_is_masked_until_somebody_puts_their_name_to_it(desk: Reviewing) -> None:
    """Personal fields, unknown attributes and the ordering key are hidden; unmasking is on record."""
    case_id = await desk.fail(ORDER, attributes={"note": "call CUST-123456"})

    masked = await desk.review.desk.payload(case_id)
    unmasked = await desk.review.desk.unmask(case_id, by="ann@x")

    assert masked.text is not None
    assert "CUST-123456" not in masked.text + masked.ordering_key + str(masked.attributes)
    assert "T1-789012" not in masked.text
    assert "1199.98" in masked.text
    assert unmasked.text is not None
    assert json.loads(unmasked.text) == ORDER
    assert (unmasked.ordering_key, unmasked.attributes["note"]) == ("CUST-123456", "call CUST-123456")
    last = (await desk.review.desk.case(case_id)).history[-1]
    assert (last.action, last.by) == ("unmasked", "ann@x")


async def test_an_order_shows_what_happened_and_what_failed(desk: Reviewing) -> None:
    """An order's timeline holds its own history and the failed messages that speak of it."""
    case_id = await desk.fail(broken(ORDER_ID))
    before = await desk.review.orders.find(ORDER_ID)
    assert await push(desk.creation.instance(), messages.push(ORDER)) == 204

    after = await desk.review.orders.find(ORDER_ID)

    assert before.order is None
    assert after.order is not None
    assert [each.event for each in after.timeline] == ["order.allocated", "order.created", "message.failed"]
    assert after.timeline[-1].case is not None
    assert after.timeline[-1].case.id == case_id
    with pytest.raises(NotFound):
        await desk.review.orders.find("QC-unknown")
