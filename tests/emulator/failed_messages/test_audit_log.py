"""The audit log has every action of a person, written in the commit of the action."""

import json
from typing import Any

import httpx2
import pytest

from shared.failed_messages.audit_log import AuditFilter
from shared.failed_messages.bulk_operation import BulkAction
from shared.failed_messages.bulk_operations import BulkRequest
from shared.failed_messages.errors import NotFound
from shared.failed_messages.failure_groups import Handover
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken

pytestmark = pytest.mark.emulator


async def actions(backend: ConsoleBackend, **wanted: Any) -> list[tuple[str, str, str]]:
    """Return who did what on what kind of target, the newest first."""
    page = await backend.services.audit.page(AuditFilter(**wanted))
    return [(each.by, each.action, each.kind) for each in page.items]


async def test_every_action_of_a_person_is_found(backend: ConsoleBackend) -> None:
    """Actions on messages, groups, operations and subscriptions are listed together, and filtered."""
    services = backend.services
    first, second = [await backend.fail(broken(f"QC-{number}")) for number in range(2)]
    await services.messages.unmask(first, by="ann@x")
    edit = await services.messages.save_edit(first, json.dumps(messages.order("QC-0")).encode(), by="ann@x")
    await services.messages.replay(first, by="bob@x", edit=edit.id)
    await services.messages.discard(second, by="ann@x", reason="sent twice")
    await services.messages.reopen(second, by="ann@x", reason="it was the only one")
    request = BulkRequest(action=BulkAction.DISCARD, confirmed=1, message_ids=(second,), reason="a test")
    operation = await services.bulk.start(request, by="cy@x")
    await services.bulk.pause(operation.id, by="ann@x")
    for _ in range(2):  # the second changes nothing
        await services.bulk.resume(operation.id, by="cy@x")
    await services.bulk.cancel(operation.id, by="bob@x")
    await services.automatic_replay.pause("order-create-sub", by="ann@x")
    await services.automatic_replay.resume("order-create-sub", by="ann@x")
    group = (await services.messages.find(second)).group_id
    await services.overview.hand_over(group, Handover(owner="bob@x", note="ask the sender"), by="cy@x")

    assert await actions(backend, by="ann@x") == [
        ("ann@x", "unpaused", "subscription"),
        ("ann@x", "paused", "subscription"),
        ("ann@x", "run_paused", "operation"),
        ("ann@x", "reopened", "message"),
        ("ann@x", "discarded", "message"),
        ("ann@x", "edited", "message"),
        ("ann@x", "unmasked", "message"),
    ]
    assert await actions(backend, target=first, by="bob@x") == [
        ("bob@x", "resolved", "message"),
        ("bob@x", "replaying", "message"),
    ]
    assert await actions(backend, target=operation.id) == [
        ("bob@x", "cancelled", "operation"),
        ("cy@x", "run_resumed", "operation"),
        ("ann@x", "run_paused", "operation"),
        ("cy@x", "started", "operation"),
    ]
    assert await actions(backend, action="handed_over") == [("cy@x", "handed_over", "group")]


async def test_a_handover_stays_while_messages_fail(backend: ConsoleBackend) -> None:
    """Owner and note survive the group's updates; a group that does not exist has none."""
    services = backend.services
    group_id = (await services.messages.find(await backend.fail(broken("QC-1")))).group_id
    await services.overview.hand_over(group_id, Handover(owner="bob@x", note="later"), by="ann@x")
    await backend.fail(broken("QC-2"))

    group = (await services.overview.group(group_id)).group
    assert (group.owner, group.note, group.muted_until) == ("bob@x", "later", None)
    with pytest.raises(NotFound):
        await services.overview.hand_over("0" * 32, Handover(), by="ann@x")


async def test_a_report_for_the_producer_shows_no_personal_data(backend: ConsoleBackend) -> None:
    """It counts rules and producers, and its example is masked."""
    group_id = ""
    for number in range(3):
        message_id = await backend.fail(broken(f"QC-{number}"))
        group_id = (await backend.services.messages.find(message_id)).group_id
    report = await backend.services.reports.write(group_id)

    assert (report.open, report.read, len(report.order_ids)) == (3, 3, 3)
    assert sum(report.producers.values()) == 3
    assert '"orderId"' in report.example
    assert "CUST-123456" not in report.example


async def test_a_report_that_leaves_the_console_is_found(backend: ConsoleBackend) -> None:
    """The record says how many messages the report is about."""
    group_id = (await backend.services.messages.find(await backend.fail(broken("QC-1")))).group_id
    await backend.services.reports.download(group_id, by="ann@x")

    (record,) = (await backend.services.audit.page(AuditFilter(target=group_id))).items
    assert (record.by, record.action, record.detail) == ("ann@x", "downloaded", "report of 1 messages")


async def test_who_advances_the_operation_of_another_person_is_found(backend: ConsoleBackend) -> None:
    """The operation acts in the name of who started it, so only another person is recorded apart."""
    failed = [await backend.fail(broken(each)) for each in ("QC-1", "QC-2")]
    request = BulkRequest(action=BulkAction.DISCARD, confirmed=2, message_ids=(*failed,), reason="a test")
    operation = await backend.services.bulk.start(request, by="cy@x")
    for person in ("cy@x", "ann@x"):
        await backend.services.bulk.advance(operation.id, limit=1, by=person)

    assert await actions(backend, target=operation.id) == [
        ("ann@x", "advanced", "operation"),
        ("cy@x", "started", "operation"),
    ]
    assert (await actions(backend, target=failed[1]))[0][0] == "cy@x"


async def test_a_download_of_the_audit_log_is_found(backend: ConsoleBackend) -> None:
    """The next download has the one before."""
    from application import build_application

    transport = httpx2.ASGITransport(app=build_application(backend.services, backend.settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://ann.localhost") as client:
        for _ in range(2):
            downloaded = (await client.get("/audit.csv")).text

    assert "ann,downloaded,log,audit.csv,0 records" in downloaded
    assert await actions(backend) == [("ann", "downloaded", "log")] * 2
