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
    SecondPersonNeeded,
    Unprotected,
)
from shared.failed_messages.model import FailedMessage, MessageStatus
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken, console_backend
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator

ORDER = messages.order()
ORDER_ID = ORDER["orderId"]
UNKNOWN = "0" * 32


@pytest.fixture
async def backend(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[ConsoleBackend]:
    """Yield the console's services over real functions."""
    async with console_backend(emulators, project, tmp_path) as backend:
        yield backend


async def state(backend: ConsoleBackend, message_id: str) -> tuple[MessageStatus, str | None, list[str]]:
    """Return a message's status, its outcome, and the actions in its history."""
    message = await backend.services.messages.find(message_id)
    return message.status, message.outcome, [entry.action for entry in message.history]


async def test_a_replay_that_succeeds_resolves_the_message(backend: ConsoleBackend) -> None:
    """The function processes the message now that the cause is gone, and the message is closed."""
    message_id = await backend.fail(ORDER, reason="store.unavailable", error_type="transient")

    message = await backend.services.messages.replay(message_id, by="ann@x")

    assert (message.status, message.outcome, message.replays) == (MessageStatus.RESOLVED, "processed", 1)
    assert await backend.order(ORDER_ID) is not None
    assert await state(backend, message_id) == (
        MessageStatus.RESOLVED,
        "processed",
        ["failed", "replaying", "resolved"],
    )
    assert {entry.by for entry in message.history} == {"system", "ann@x"}


async def test_a_replay_carries_the_message_as_it_was(backend: ConsoleBackend) -> None:
    """The function is given the original data, attributes, ordering key, time and subscription."""
    message_id = await backend.dead_letter(ORDER, published=messages.PUBLISHED.replace("Z", "+00:00"))
    backend.later = timedelta()

    with pytest.raises(Unprotected):  # the message is years old
        await backend.services.messages.replay(message_id, by="ann@x")
    message_id = await backend.fail(ORDER)
    message = await backend.services.messages.replay(message_id, by="ann@x")

    (body,) = backend.transport.deliveries
    envelope = parse_push(body)
    assert json.loads(envelope.data) == ORDER
    assert envelope.attributes == messages.ATTRIBUTES
    assert (envelope.ordering_key, envelope.subscription) == ("CUST-123456", "order-create-sub")
    assert envelope.publish_time == message.publish_time


async def test_replaying_what_was_processed_changes_nothing_and_says_so(backend: ConsoleBackend) -> None:
    """The claim recognises the message: the order stays as it is, and the outcome is `duplicate`."""
    assert await push(backend.creation.instance(), messages.push(ORDER)) == 204
    before = await backend.order(ORDER_ID)
    message_id = await backend.fail(ORDER)

    dry_run = (await backend.services.messages.check_replay(message_id)).dry_run
    message = await backend.services.messages.replay(message_id, by="ann@x")

    assert (dry_run.outcome, dry_run.processed_at is not None) == (Outcome.DUPLICATE, True)
    assert (message.status, message.outcome) == (MessageStatus.RESOLVED, "duplicate")
    assert await backend.order(ORDER_ID) == before


async def test_a_replay_that_fails_opens_the_message_again_with_the_new_reason(
    backend: ConsoleBackend,
) -> None:
    """The message moves to the group of its new reason, and counts its replays."""
    message_id = await backend.fail(broken(ORDER_ID), reason="store.unavailable", error_type="transient")

    message = await backend.services.messages.replay(message_id, by="ann@x")

    assert (message.status, message.replays) == (MessageStatus.OPEN, 1)
    assert (message.failure_reason.error_type, message.failure_reason.slug) == (
        "rejected",
        "order.totals_mismatch",
    )
    (summary,) = (await backend.services.overview.groups()).items
    assert (summary.group.slug, summary.open) == ("order.totals_mismatch", 1)


@pytest.mark.parametrize("people", [1, 2])
async def test_pressing_twice_replays_once(backend: ConsoleBackend, people: int) -> None:
    """Any number of people may press the button at once: one request reaches the function."""
    message_id = await backend.fail(ORDER)
    services = [backend.services, backend.another() if people == 2 else backend.services]

    async def press(person: int) -> FailedMessage | InProgress | NotOpen:
        try:
            return await services[person].messages.replay(message_id, by=f"person {person}")
        except (InProgress, NotOpen) as refusal:
            return refusal

    answers = await asyncio.gather(press(0), press(1))

    assert len(backend.transport.deliveries) == 1
    assert [isinstance(each, FailedMessage) for each in answers].count(True) == 1
    assert (await backend.services.messages.find(message_id)).replays == 1


@pytest.mark.parametrize("processed", [False, True])
async def test_a_console_that_dies_half_way_is_taken_over(backend: ConsoleBackend, processed: bool) -> None:  # noqa: FBT001 - a test's parameter
    """Its message stays REPLAYING for two minutes; then another replay takes over; nothing happens twice."""
    message_id = await backend.fail(ORDER)
    reached = asyncio.Event()

    async def hang(request: httpx2.Request) -> None:
        if processed:
            await push(backend.creation.instance(), await request.aread())
        reached.set()
        await asyncio.Event().wait()

    backend.transport.before = hang
    dying = asyncio.create_task(backend.services.messages.replay(message_id, by="ann@x"))
    await reached.wait()
    dying.cancel()
    await asyncio.wait([dying])
    backend.transport.before = None
    survivor = backend.another()

    with pytest.raises(InProgress):
        await survivor.messages.replay(message_id, by="bob@x")
    backend.later = timedelta(minutes=2)
    message = await survivor.messages.replay(message_id, by="bob@x")

    expected = "duplicate" if processed else "processed"
    assert (message.status, message.outcome, message.replays) == (MessageStatus.RESOLVED, expected, 2)
    assert [entry.by for entry in message.history] == ["system", "ann@x", "bob@x", "bob@x"]


async def test_a_late_answer_does_not_change_a_replay_that_took_over(backend: ConsoleBackend) -> None:
    """Another replay has taken over by then; its result stays."""
    message_id = await backend.fail(ORDER)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: httpx2.Request) -> None:
        backend.transport.before = None
        reached.set()
        await go_on.wait()

    backend.transport.before = wait
    slow = asyncio.create_task(backend.services.messages.replay(message_id, by="ann@x"))
    await reached.wait()
    backend.later = timedelta(minutes=2)
    taken = await backend.another().messages.replay(message_id, by="bob@x")
    go_on.set()

    assert await slow == taken
    assert (await backend.services.messages.find(message_id)).outcome == "processed"


async def test_no_answer_leaves_the_message_open(backend: ConsoleBackend) -> None:
    """Where the function cannot be reached the message says so, and may be replayed again."""
    message_id = await backend.fail(ORDER)
    backend.transport.down = True

    message = await backend.services.messages.replay(message_id, by="ann@x")
    dry_run = (await backend.services.messages.check_replay(message_id)).dry_run
    backend.transport.down = False

    assert (message.status, message.failure_reason.slug) == (MessageStatus.OPEN, "replay.no_answer")
    assert dry_run.reason == "preflight.no_answer"
    assert (await backend.services.messages.replay(message_id, by="ann@x")).status is MessageStatus.RESOLVED


async def test_a_discarded_message_cannot_be_replayed(backend: ConsoleBackend) -> None:
    """A message that was closed with a reason stays closed, for replay and for discarding."""
    message_id = await backend.fail(ORDER)

    with pytest.raises(ReasonMissing):
        await backend.services.messages.discard(message_id, by="ann@x", reason=" ")
    message = await backend.services.messages.discard(message_id, by="ann@x", reason="a test order")

    assert message.status is MessageStatus.DISCARDED
    assert (message.history[-1].by, message.history[-1].detail) == ("ann@x", "a test order")
    with pytest.raises(NotOpen):
        await backend.services.messages.replay(message_id, by="bob@x")
    assert backend.transport.deliveries == []


async def test_an_unknown_message_is_not_found(backend: ConsoleBackend) -> None:
    """Every action on a message that does not exist raises NotFound."""
    for action in (
        backend.services.messages.find(UNKNOWN),
        backend.services.messages.payload(UNKNOWN),
        backend.services.messages.check_replay(UNKNOWN),
        backend.services.messages.replay(UNKNOWN, by="ann@x"),
        backend.services.messages.unmask(UNKNOWN, by="ann@x"),
    ):
        with pytest.raises(NotFound):
            await action


async def test_a_message_that_outlived_its_claim_is_refused(backend: ConsoleBackend) -> None:
    """After ninety days nothing would recognise the message as processed, so it is not replayed."""
    message_id = await backend.fail(ORDER)
    backend.later = timedelta(days=90, minutes=1)

    check = await backend.services.messages.check_replay(message_id)

    assert isinstance(check.refusal, Unprotected)
    assert not check.passes
    with pytest.raises(Unprotected):
        await backend.services.messages.replay(message_id, by="ann@x")


async def test_a_dry_run_says_what_would_happen_and_does_nothing(backend: ConsoleBackend) -> None:
    """The deployed code is asked: a good message would pass, a bad one be rejected, none is applied."""
    good = await backend.fail(ORDER)
    bad = await backend.fail(broken("QC-2"))

    passing = await backend.services.messages.check_replay(good)
    failing = (await backend.services.messages.check_replay(bad)).dry_run

    assert (passing.passes, passing.dry_run.outcome) == (True, Outcome.PROCESSED)
    assert (failing.outcome, failing.reason) == (Outcome.REJECTED, "order.totals_mismatch")
    assert await backend.creation.documents() == {
        "orders": 0,
        "processed_messages": 0,
        "failed_messages": 2,
    }
    published = await backend.creation.published()
    assert [each for each in published if each.attributes["eventType"] != "message.failed"] == []


async def test_a_dry_run_warns_of_later_events(backend: ConsoleBackend) -> None:
    """If the order changed after the message was published, the dry run names the events."""
    assert await push(backend.creation.instance(), messages.push(ORDER)) == 204
    message_id = await backend.dead_letter(
        {**ORDER, "orderDate": "2024-01-09T10:00:00Z"}, published="2024-01-09T10:00:00.000+00:00"
    )

    dry_run = (await backend.services.messages.check_replay(message_id)).dry_run

    assert dry_run.reason == "claim.conflict"
    assert [each.event for each in dry_run.later_events] == ["order.created", "order.allocated"]


async def test_an_edited_message_is_replayed_and_its_difference_kept(backend: ConsoleBackend) -> None:
    """The repaired payload replaces the original, names its message, and the difference is shown."""
    message_id = await backend.fail(broken(ORDER_ID))

    edit = await backend.services.messages.save_edit(message_id, json.dumps(ORDER).encode(), by="ann@x")
    message = await backend.services.messages.replay(message_id, by="ann@x", edit=edit.id)

    assert (message.status, message.outcome) == (MessageStatus.RESOLVED, "processed")
    assert '-    "subTotal": 1.0,' in edit.difference
    assert '+    "subTotal": 1199.98,' in edit.difference
    assert parse_push(backend.transport.deliveries[0]).attributes["editedFrom"] == message_id
    assert await backend.services.messages.list_edits(message_id) == (edit,)
    assert [entry.action for entry in message.history] == ["failed", "edited", "replaying", "resolved"]


async def test_an_edit_that_breaks_the_contract_is_refused(backend: ConsoleBackend) -> None:
    """An edit is not stored where the contract refuses it, or where no function checked it."""
    message_id = await backend.fail(broken(ORDER_ID))

    with pytest.raises(EditRefused, match="customerId"):
        await backend.services.messages.save_edit(message_id, b'{"orderId": "QC-1"}', by="ann@x")
    with pytest.raises(EditRefused, match="JSON"):
        await backend.services.messages.save_edit(message_id, b"{", by="ann@x")
    backend.transport.down = True
    with pytest.raises(EditRefused, match="did not answer"):
        await backend.services.messages.save_edit(message_id, json.dumps(ORDER).encode(), by="ann@x")

    assert await backend.services.messages.list_edits(message_id) == ()


async def test_a_takeover_sends_the_edit_that_was_begun(backend: ConsoleBackend) -> None:
    """A replay that takes over sends the edit that the first one sent, not the original."""
    message_id = await backend.fail(broken(ORDER_ID))
    edit = await backend.services.messages.save_edit(message_id, json.dumps(ORDER).encode(), by="ann@x")

    async def die(_: httpx2.Request) -> None:
        raise asyncio.CancelledError

    backend.transport.before = die
    with pytest.raises(asyncio.CancelledError):
        await backend.services.messages.replay(message_id, by="ann@x", edit=edit.id)
    backend.transport.before = None
    backend.later = timedelta(minutes=2)

    assert (await backend.services.messages.replay(message_id, by="bob@x")).outcome == "processed"


async def test_a_payload_is_masked_until_a_person_unmasks_it_by_name(backend: ConsoleBackend) -> None:
    """Personal fields, unknown attributes and the ordering key are hidden; unmasking is on record."""
    message_id = await backend.fail(ORDER, attributes={"note": "call CUST-123456"})

    masked = await backend.services.messages.payload(message_id)
    unmasked = await backend.services.messages.unmask(message_id, by="ann@x")

    assert masked.text is not None
    assert "CUST-123456" not in masked.text + masked.ordering_key + str(masked.attributes)
    assert "T1-789012" not in masked.text
    assert "1199.98" in masked.text
    assert unmasked.text is not None
    assert json.loads(unmasked.text) == ORDER
    assert (unmasked.ordering_key, unmasked.attributes["note"]) == ("CUST-123456", "call CUST-123456")
    last = (await backend.services.messages.find(message_id)).history[-1]
    assert (last.action, last.by) == ("unmasked", "ann@x")


async def test_an_order_shows_what_happened_and_what_failed(backend: ConsoleBackend) -> None:
    """An order's timeline holds its own history and the failed messages about it."""
    message_id = await backend.fail(broken(ORDER_ID))
    before = await backend.services.orders.find(ORDER_ID)
    assert await push(backend.creation.instance(), messages.push(ORDER)) == 204

    after = await backend.services.orders.find(ORDER_ID)

    assert before.order is None
    assert after.order is not None
    assert [each.event for each in after.timeline] == ["order.created", "order.allocated", "message.failed"]
    assert after.timeline[-1].message is not None
    assert after.timeline[-1].message.id == message_id
    with pytest.raises(NotFound):
        await backend.services.orders.find("QC-unknown")


async def test_an_edit_of_a_fact_about_money_takes_a_second_person(backend: ConsoleBackend) -> None:
    """The person who saved the edit may not replay it; another one may, and the history names the edit."""
    order_id = ORDER_ID
    capture = {
        "orderId": order_id,
        "paymentId": "PAY-1",
        "captureId": "CAP-1",
        "amount": 10.0,
        "capturedAt": "2024-01-10T11:00:00Z",
    }
    where = {"topic": "payment-captured", "subscription": "payment-captured-sub"}
    message_id = await backend.fail({**capture, "amount": -1}, reason="contract.invalid", **where)
    service = backend.services.messages
    edit = await service.save_edit(message_id, json.dumps(capture).encode(), by="ann@x")

    with pytest.raises(SecondPersonNeeded):
        await service.replay(message_id, by="ann@x", edit=edit.id)
    assert (await service.find(message_id)).status is MessageStatus.OPEN
    replayed = await service.replay(message_id, by="bob@x", edit=edit.id)

    assert [entry.edit for entry in replayed.history if entry.by == "bob@x"] == [edit.id, edit.id]
