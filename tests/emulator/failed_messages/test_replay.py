"""One failed message is replayed: to its subscription alone, once at a time, with nothing applied twice."""

import asyncio
import json
from datetime import timedelta

import httpx2
import pytest

from shared.contracts.envelope import parse_push
from shared.errors import Outcome
from shared.failed_messages.errors import (
    InProgress,
    NotFound,
    NotOpen,
    ReasonMissing,
    Unprotected,
)
from shared.failed_messages.model import FailedMessage, MessageStatus
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken

pytestmark = pytest.mark.emulator

ORDER = messages.order()
ORDER_ID = ORDER["orderId"]
UNKNOWN = "0" * 32


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
