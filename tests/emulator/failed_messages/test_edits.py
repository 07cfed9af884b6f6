"""An edited payload of a failed message: its dry run, its replay and its second person."""

import asyncio
import json
from datetime import timedelta

import httpx2
import pytest

from shared.contracts.envelope import parse_push
from shared.errors import Outcome
from shared.failed_messages.errors import (
    EditRefused,
    NotFound,
    SecondPersonNeeded,
)
from shared.failed_messages.model import MessageStatus
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken

pytestmark = pytest.mark.emulator
ORDER = messages.order()
ORDER_ID = ORDER["orderId"]


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


async def test_a_replay_of_an_unknown_edit_begins_nothing(backend: ConsoleBackend) -> None:
    """A message that was marked as in progress would stay so until the lease ends."""
    message_id = await backend.fail(ORDER)

    with pytest.raises(NotFound):
        await backend.services.messages.replay(message_id, by="ann@x", edit="0" * 32)

    assert (await backend.services.messages.find(message_id)).status is MessageStatus.OPEN


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
