"""The schedule replays messages with a failure that may pass without a person, and no others."""

import asyncio
import itertools
import json
from datetime import timedelta

import httpx2
import pytest

from shared.contracts.envelope import parse_push
from shared.failed_messages.automatic_replay import MAX_REPLAYS
from shared.failed_messages.model import MessageFilter, MessageStatus, ReplayAttempt
from shared.failed_messages.transitions import REPLAY_LEASE, begin_replay
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken, outage
from tests.lab.stack.paths import ROOT

pytestmark = pytest.mark.emulator

ORDER = messages.order()
AUTHORIZED = json.loads((ROOT / "tests" / "fixtures" / "payment_authorized.json").read_text())
CAPTURED = json.loads((ROOT / "tests" / "fixtures" / "payment_captured.json").read_text())
PAYMENT = {
    "topic": "payment-authorized",
    "subscription": "payment-authorized-sub",
    "reason": "order.not_found",
    "error_type": "deferred",
    "attributes": AUTHORIZED["attributes"],
}


async def test_a_deferred_message_passes_once_its_order_is_there(backend: ConsoleBackend) -> None:
    """A payment that came before its order is checked, postponed, and processed after the order arrived."""
    message_id = await backend.fail(AUTHORIZED["data"], **PAYMENT)

    early = await backend.services.automatic_replay.replay_due()
    too_soon = await backend.services.automatic_replay.replay_due()
    assert await push(backend.creation.instance(), messages.push(ORDER)) == 204
    backend.later = timedelta(minutes=2)
    late = await backend.services.automatic_replay.replay_due()

    assert [(each.looked_at, each.resolved) for each in (early, too_soon, late)] == [(1, 0), (0, 0), (1, 1)]
    message = await backend.services.messages.find(message_id)
    assert (message.status, message.outcome) == (MessageStatus.RESOLVED, "processed")
    assert [entry.action for entry in message.history] == [
        "failed",
        "still_deferred",
        "replaying",
        "resolved",
    ]
    assert {entry.by for entry in message.history} == {"system"}
    order = await backend.order(ORDER["orderId"])
    assert order.position is not None
    assert order.position.authorized_minor == 133398


async def test_automatic_replays_end_after_eleven_tries(backend: ConsoleBackend) -> None:
    """A message without its order is left to people after eleven checks, with growing waits."""
    message_id = await backend.fail(AUTHORIZED["data"], **PAYMENT)
    waits = []

    for _ in range(MAX_REPLAYS):
        assert (await backend.services.automatic_replay.replay_due()).looked_at == 1
        message = await backend.services.messages.find(message_id)
        if message.next_replay_at is not None:
            waits.append(message.next_replay_at - backend.now())
            backend.later += timedelta(hours=7)

    assert (message.status, message.automatic_replays, message.next_replay_at) == (
        MessageStatus.OPEN,
        MAX_REPLAYS,
        None,
    )
    assert message.history[-1].action == "retries_ended"
    assert all(before < after for before, after in itertools.pairwise(waits))
    assert backend.transport.deliveries == []


async def test_a_replay_says_since_when_its_message_waits(backend: ConsoleBackend) -> None:
    """A capture failed in an outage. Its wait for the authorisation begins at the first replay after that."""
    message_id = await backend.fail(
        CAPTURED["data"],
        topic="payment-captured",
        subscription="payment-captured-sub",
        reason="not_recorded",
        error_type="not_recorded",
        attributes=CAPTURED["attributes"],
    )
    assert await push(backend.creation.instance(), messages.push(ORDER)) == 204
    services = backend.services

    await services.automatic_replay.replay_due()
    first = await services.messages.find(message_id)
    again = await services.messages.replay(message_id, by="ann@x")

    assert (first.failure_reason.slug, again.failure_reason.slug) == ("payment.not_authorized",) * 2
    assert first.deferred_at == again.deferred_at == first.last_failed_at
    waits = [parse_push(each).waiting_since for each in backend.transport.deliveries]
    assert waits == [None, first.deferred_at]


async def test_a_parcel_that_waited_in_vain_alerts(
    backend: ConsoleBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its goods have left: a person must know once nothing tries it any more. Before, it may still pass."""
    message_id = await backend.fail(
        {"orderId": "QC-1"},
        topic="ship-events",
        subscription="ship-events-direct-sub",
        reason="line.sku_too_early",
        error_type="deferred",
    )
    alerts = []

    for _ in range(MAX_REPLAYS):
        capsys.readouterr()
        await backend.services.automatic_replay.replay_due()
        alerts.append(capsys.readouterr().out.count('"alert":"critical_failed_message"'))
        backend.later += timedelta(hours=7)

    assert alerts == [0] * (MAX_REPLAYS - 1) + [1]
    group_id = (await backend.services.messages.find(message_id)).group_id
    assert (await backend.services.overview.group(group_id)).group.critical


async def test_a_message_with_an_interrupted_replay_is_postponed_too(backend: ConsoleBackend) -> None:
    """Its console stopped, and the message is still too early: its tries count, so they end."""
    message_id, services = await backend.fail(AUTHORIZED["data"], **PAYMENT), backend.services
    attempt = ReplayAttempt(token="t1", by="ann@x", at=backend.now())
    await services.messages.repository.update(message_id, lambda message: begin_replay(message, attempt))
    backend.later = 2 * REPLAY_LEASE

    assert (await services.automatic_replay.replay_due()).looked_at == 1
    assert (await services.automatic_replay.replay_due()).looked_at == 0
    assert (await services.messages.find(message_id)).automatic_replays == 1


async def test_a_deferred_message_that_can_not_pass_any_more_is_left_to_people_at_once(
    backend: ConsoleBackend,
) -> None:
    """Today's code rejects it: it fails with that reason, and is not tried again."""
    message_id = await backend.fail(broken("QC-1"), reason="order.not_found", error_type="deferred")

    await backend.services.automatic_replay.replay_due()

    message = await backend.services.messages.find(message_id)
    assert (message.failure_reason.slug, message.next_replay_at) == ("order.totals_mismatch", None)


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
