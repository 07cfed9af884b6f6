"""Many failed messages are replayed or discarded one after the other, and no further than is safe."""

import httpx2
import pytest

from shared.contracts.envelope import parse_push
from shared.failed_messages.bulk_operation import BulkAction, BulkStatus
from shared.failed_messages.bulk_operations import BulkRequest
from shared.failed_messages.errors import CountChanged, NotFound, OperationEnded, ReasonMissing
from shared.failed_messages.model import MessageStatus
from tests import messages
from tests.emulator.failed_messages.bulk import FAST, GROUP, REPAIR, finished, replay
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken

pytestmark = pytest.mark.emulator


def orders_reached(backend: ConsoleBackend) -> list[str]:
    """Return the order ids that reached the function, in order."""
    return [parse_push(each).data.decode().split('"')[3] for each in backend.transport.deliveries]


async def test_a_group_is_replayed_in_the_order_of_publication(backend: ConsoleBackend) -> None:
    """Whatever order the messages failed in, they are replayed as they were published."""
    published = [f"2026-11-20T10:00:{second:02}.000+00:00" for second in range(6)]
    for second in (3, 0, 5, 1, 4, 2):
        await backend.dead_letter(messages.order(f"QC-{second}"), published=published[second])

    run = await finished(backend, await backend.services.bulk.start(replay(6), by="ann@x"), limit=4)

    assert (run.status, run.done, run.outcomes) == (BulkStatus.DONE, 6, {"processed": 6})
    assert orders_reached(backend) == [f"QC-{second}" for second in range(6)]


async def test_a_group_of_twenty_stops_at_the_first_that_fails(backend: ConsoleBackend) -> None:
    """After the fix most messages pass; the operation stops at the first that fails."""
    for number in range(20):
        await backend.fail(broken(f"QC-{number}") if number == 7 else messages.order(f"QC-{number}"))

    run = await finished(backend, await backend.services.bulk.start(replay(20), by="ann@x"))

    assert (run.status, run.done, run.outcomes) == (BulkStatus.STOPPED, 7, {"processed": 7})
    assert run.stop is not None
    assert run.stop.reason == "order.totals_mismatch"
    assert len(backend.transport.deliveries) == 8
    assert (await backend.services.overview.group(GROUP)).open == 13
    assert await backend.services.bulk.advance(run.id) == run


async def test_a_failing_canary_stops_the_operation(backend: ConsoleBackend) -> None:
    """If the first message fails again, no other one is delivered."""
    for number in range(3):
        await backend.fail(broken(f"QC-{number}"))

    run = await finished(backend, await backend.services.bulk.start(replay(3), by="ann@x"))

    assert (run.status, run.done) == (BulkStatus.STOPPED, 0)
    assert len(backend.transport.deliveries) == 1


async def test_another_count_than_the_confirmed_starts_nothing(backend: ConsoleBackend) -> None:
    """A person who confirmed three messages does not replay four."""
    for number in range(4):
        await backend.fail(messages.order(f"QC-{number}"))

    with pytest.raises(CountChanged, match="4 messages are open, 3 were confirmed"):
        await backend.services.bulk.start(replay(3), by="ann@x")

    assert (await backend.services.bulk.page()).items == ()


async def test_what_fails_after_the_count_is_not_replayed_with_it(backend: ConsoleBackend) -> None:
    """A message that joins the group after it was confirmed stays open."""
    await backend.fail(messages.order("QC-1"))
    run = await backend.services.bulk.start(replay(1), by="ann@x")
    later = await backend.fail(messages.order("QC-2"))

    run = await finished(backend, run)

    assert (run.status, run.done) == (BulkStatus.DONE, 1)
    assert (await backend.services.messages.find(later)).status is MessageStatus.OPEN


async def test_a_cancelled_operation_ends_before_its_next_message(backend: ConsoleBackend) -> None:
    """Cancelling does not wait: the message in progress is counted, no other is touched."""
    for number in range(3):
        await backend.fail(messages.order(f"QC-{number}"))
    run = await backend.services.bulk.start(replay(3), by="ann@x")

    async def cancel(_: httpx2.Request) -> None:
        backend.transport.before = None
        await backend.another().bulk.cancel(run.id, by="bob@x")

    backend.transport.before = cancel
    run = await backend.services.bulk.advance(run.id)

    assert (run.status, run.done, run.cancelled_by) == (BulkStatus.CANCELLED, 1, "bob@x")
    assert len(backend.transport.deliveries) == 1
    with pytest.raises(OperationEnded):
        await backend.services.bulk.cancel(run.id, by="ann@x")


async def test_a_group_is_repaired_and_the_rest_is_left(backend: ConsoleBackend) -> None:
    """What passes its dry run is replayed; what does not stays open, with later messages of its customer."""
    for number in range(4):
        customer = f"CUST-00000{number % 3}"
        data = broken(f"QC-{number}") | {"customerId": customer, "t1MembershipId": customer}
        if number == 0:
            data["lineItems"] = []
        await backend.fail(data, ordering_key=customer)
    checks = await backend.services.bulk.repairs.check(GROUP, (), REPAIR)
    request = BulkRequest(action=BulkAction.REPAIR, group_id=GROUP, confirmed=4, repair=REPAIR, rate=FAST)

    backend.transport.dry_runs = 0
    run = await finished(backend, await backend.services.bulk.start(request, by="ann@x"))

    assert backend.transport.dry_runs == 3  # one of each, without the one that waits
    assert [each.passes for each in checks] == [False, True, True, True]
    assert [change.path for change in checks[1].changes] == [
        "/totals/subTotal",
        "/totals/total",
        "/payment/amount",
    ]
    assert (run.status, run.done, run.left, run.failed) == (BulkStatus.DONE, 2, 2, 0)
    assert [each.reason for each in run.failures] == ["contract.invalid", "run.customer_waits"]
    assert orders_reached(backend) == ["QC-1", "QC-2"]
    resolved = await backend.services.messages.find(checks[1].message.id)
    assert resolved.status is MessageStatus.RESOLVED
    assert (await backend.services.messages.list_edits(resolved.id))[0].by == "ann@x"


async def test_unreadable_messages_do_not_wait_for_each_other(backend: ConsoleBackend) -> None:
    """Nothing says that they are of one customer; those with one ordering key wait for each other."""
    for customer in ("", "", "CUST-1", "CUST-1"):
        await backend.fail(b"{", ordering_key=customer)
    group = (await backend.services.overview.groups()).items[0].group.id
    request = BulkRequest(action=BulkAction.REPLAY, group_id=group, confirmed=4, rate=FAST, max_failures=9)

    run = await finished(backend, await backend.services.bulk.start(request, by="ann@x"))

    assert (run.failed, run.left, len(backend.transport.deliveries)) == (3, 1, 3)


async def test_a_selection_skips_messages_that_are_closed_by_now(backend: ConsoleBackend) -> None:
    """Selected messages that a person closed meanwhile are skipped, the others replayed."""
    ids = [await backend.fail(messages.order(f"QC-{number}")) for number in range(3)]
    request = BulkRequest(
        action=BulkAction.REPLAY, message_ids=(ids[2], ids[0], ids[1]), confirmed=3, rate=FAST
    )
    run = await backend.services.bulk.start(request, by="ann@x")
    await backend.services.messages.discard(ids[1], by="bob@x", reason="a test")

    run = await finished(backend, run)

    assert (run.status, run.done, run.skipped) == (BulkStatus.DONE, 2, 1)
    assert orders_reached(backend) == ["QC-0", "QC-2"]


async def test_many_are_discarded_with_one_reason(backend: ConsoleBackend) -> None:
    """Discarding a group needs a reason and the count, and writes both people and reason down."""
    ids = [await backend.fail(messages.order(f"QC-{number}")) for number in range(3)]
    request = BulkRequest(action=BulkAction.DISCARD, group_id=GROUP, confirmed=3, rate=FAST)

    with pytest.raises(ReasonMissing):
        await backend.services.bulk.start(request, by="ann@x")
    reasoned = BulkRequest(
        action=BulkAction.DISCARD, group_id=GROUP, confirmed=3, rate=FAST, reason="load test"
    )
    run = await finished(backend, await backend.services.bulk.start(reasoned, by="ann@x"))

    assert (run.status, run.outcomes) == (BulkStatus.DONE, {"discarded": 3})
    last = [(await backend.services.messages.find(each)).history[-1] for each in ids]
    assert {(each.action, each.by, each.detail) for each in last} == {("discarded", "ann@x", "load test")}
    assert backend.transport.deliveries == []


async def test_operations_are_listed_the_newest_first(backend: ConsoleBackend) -> None:
    """Ended operations can be looked up, and an unknown one is not found."""
    for number in range(2):
        await backend.fail(messages.order(f"QC-{number}"))
    first = await finished(backend, await backend.services.bulk.start(replay(2), by="ann@x"))
    await backend.fail(messages.order("QC-9"))
    second = await finished(backend, await backend.services.bulk.start(replay(1), by="ann@x"))

    assert [each.id for each in (await backend.services.bulk.page()).items] == [second.id, first.id]
    with pytest.raises(NotFound):
        await backend.services.bulk.find("0" * 32)
