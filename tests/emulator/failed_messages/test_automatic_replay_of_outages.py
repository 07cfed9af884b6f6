"""The schedule replays what failed in an outage, in order, and leaves other failures to people."""

import asyncio
import json
from datetime import timedelta

import httpx2
import pytest

from shared.contracts.envelope import parse_push
from shared.failed_messages.model import MessageFilter, MessageStatus
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken, outage

pytestmark = pytest.mark.emulator

ORDER = messages.order()


def replayed_orders(backend: ConsoleBackend) -> list[str]:
    """Return the order ids that reached a function, in order."""
    return [json.loads(parse_push(each).data)["orderId"] for each in backend.transport.deliveries]


@pytest.mark.parametrize("error_type", ["transient", "not_recorded"])
async def test_messages_of_an_outage_are_replayed_once_it_is_over(
    backend: ConsoleBackend, error_type: str
) -> None:
    """While the functions are away nothing is sent; then all are replayed, in order of publication."""
    published = [f"2026-11-20T10:00:{second:02}.000+00:00" for second in range(4)]
    for second in (2, 0, 3, 1):
        await backend.dead_letter(
            messages.order(f"QC-{second}"), published=published[second], **outage(error_type)
        )
    backend.transport.down = True
    away = await backend.services.automatic_replay.replay_due()
    backend.transport.down = False
    backend.later = timedelta(minutes=2)

    back = await backend.services.automatic_replay.replay_due()

    assert (away.looked_at, away.resolved) == (1, 0)
    assert (back.looked_at, back.resolved) == (4, 4)
    assert replayed_orders(backend) == [f"QC-{number}" for number in range(4)]
    statuses = {each.status for each in (await backend.services.messages.page(MessageFilter())).items}
    assert statuses == {MessageStatus.RESOLVED}


async def test_a_later_message_of_a_customer_waits_for_the_earlier_one(backend: ConsoleBackend) -> None:
    """The message that met the outage is postponed; the same customer's next one does not overtake it."""
    first = await backend.fail(messages.order("QC-1"), **outage())
    await backend.fail(messages.order("QC-2"), **outage())
    other = messages.order("QC-3", customerId="CUST-9", t1MembershipId="T1-9")
    await backend.fail(other, ordering_key="CUST-9", **outage())
    backend.transport.down = True
    await backend.services.automatic_replay.replay_due()
    backend.transport.down = False

    soon = await backend.services.automatic_replay.replay_due()
    before = replayed_orders(backend)
    backend.later = timedelta(minutes=2)
    await backend.services.automatic_replay.replay_due()

    assert (await backend.services.messages.find(first)).automatic_replays == 1
    assert (soon.resolved, before) == (1, ["QC-3"])
    assert replayed_orders(backend) == ["QC-3", "QC-1", "QC-2"]


async def test_what_fails_again_for_another_reason_stays_for_a_person(backend: ConsoleBackend) -> None:
    """A rejected message among those of an outage ends its automatic replay, and stops no other one."""
    rejected = await backend.fail(broken("QC-1"), **outage())
    await backend.fail(messages.order("QC-2"), **outage())

    report = await backend.services.automatic_replay.replay_due()

    assert (report.looked_at, report.resolved) == (2, 1)
    message = await backend.services.messages.find(rejected)
    assert (message.status, message.next_replay_at) == (MessageStatus.OPEN, None)
    assert message.failure_reason.slug == "order.totals_mismatch"
    backend.later = timedelta(hours=7)
    assert (await backend.services.automatic_replay.replay_due()).looked_at == 0


async def test_a_replay_that_died_is_taken_over(backend: ConsoleBackend) -> None:
    """A console that is killed during an automatic replay leaves no message behind."""
    message_id = await backend.fail(ORDER, **outage())

    async def die(_: httpx2.Request) -> None:
        raise asyncio.CancelledError

    backend.transport.before = die
    with pytest.raises(asyncio.CancelledError):
        await backend.services.automatic_replay.replay_due()
    backend.transport.before = None
    busy = await backend.another().automatic_replay.replay_due()
    backend.later = timedelta(minutes=3)
    report = await backend.another().automatic_replay.replay_due()

    assert (busy.resolved, report.resolved) == (0, 1)
    assert (await backend.services.messages.find(message_id)).status is MessageStatus.RESOLVED


async def test_a_message_older_than_its_claim_does_not_hold_up_the_others(backend: ConsoleBackend) -> None:
    """After ninety days a replay is not safe: the message is left, the next ones are replayed."""
    old = (backend.now() - timedelta(days=91)).isoformat(timespec="milliseconds")
    await backend.dead_letter(messages.order("QC-OLD"), published=old, **outage())
    await backend.fail(messages.order("QC-NEW"), **outage())

    report = await backend.services.automatic_replay.replay_due()

    assert (report.looked_at, report.resolved) == (2, 1)
    assert replayed_orders(backend) == ["QC-NEW"]


async def test_a_second_dead_letter_of_an_outage_is_replayed_too(backend: ConsoleBackend) -> None:
    """A resolved message that is dead-lettered once more is due again."""
    published = backend.now().isoformat(timespec="milliseconds")
    message_id = await backend.dead_letter(ORDER, published=published, message_id="dead-1")
    await backend.services.messages.replay(message_id, by="ann@x")

    await backend.dead_letter(
        ORDER,
        published=published,
        message_id="dead-2",
        dead_lettered_at=backend.now() + timedelta(hours=1),
        **outage(),
    )
    report = await backend.services.automatic_replay.replay_due()

    assert report.resolved == 1
    message = await backend.services.messages.find(message_id)
    assert (message.status, message.outcome) == (MessageStatus.RESOLVED, "duplicate")


async def test_other_failures_are_left_to_people(backend: ConsoleBackend) -> None:
    """A rejected message is never replayed automatically, though it would pass."""
    await backend.fail(ORDER)

    assert (await backend.services.automatic_replay.replay_due()).looked_at == 0
    assert await backend.order(ORDER["orderId"]) is None
