"""An erasure finds a customer in what people typed, and leaves who did what when."""

import pytest

from shared.failed_messages.audit_log import AuditFilter
from shared.failed_messages.bulk_operation import BulkAction
from shared.failed_messages.bulk_operations import BulkRequest
from shared.failed_messages.failure_groups import Handover
from shared.maintenance.erase import Eraser
from shared.maintenance.typed_texts import ERASED_TEXT, FIELDS
from tests.emulator.failed_messages.bulk import finished
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken
from tests.emulator.maintenance.encrypted_documents import CUSTOMER, OTHER, Store, report

pytestmark = pytest.mark.emulator

TYPED = f"{CUSTOMER} called: Ann Example, 081 234 5678"
KEPT = f"{OTHER} called"


async def test_texts_that_name_the_customer_are_erased(backend: ConsoleBackend, store: Store) -> None:
    """A reason, a note and an owner, in every place where they are stored; other texts stay."""
    await type_everywhere(backend, KEPT, "QC-1", "QC-2")
    await type_everywhere(backend, TYPED, "QC-3", "QC-4")  # the note replaces the former one
    before = await who_did_what(backend)

    # Two messages, a bulk operation, a group, and the audit log's records of four actions.
    assert await Eraser(*store.parts).erase(CUSTOMER) == report(texts=8)

    stored = [str(each.fields) for name in FIELDS for each in await store.all(name)]
    assert not [each for each in stored if TYPED in each or CUSTOMER in each.replace(OTHER, "")]
    assert sum(ERASED_TEXT in each for each in stored) == 8
    assert [each for each in stored if KEPT in each]
    assert await who_did_what(backend) == before
    assert await Eraser(*store.parts).erase(CUSTOMER) == report()


async def test_what_the_console_wrote_stays(backend: ConsoleBackend, store: Store) -> None:
    """The number of messages in a record is no mention of a customer with this number as id."""
    failed = await backend.fail(broken("QC-1"))
    request = BulkRequest(action=BulkAction.DISCARD, confirmed=1, message_ids=(failed,), reason="a test")
    await backend.services.bulk.start(request, by="ann@x")

    assert await Eraser(*store.parts).erase("1") == report()


async def type_everywhere(backend: ConsoleBackend, text: str, first: str, second: str) -> None:
    """Type a text wherever the console takes one."""
    services = backend.services
    one, another = await backend.fail(broken(first)), await backend.fail(broken(second))
    await services.messages.discard(one, by="ann@x", reason=text)
    await services.messages.reopen(one, by="ann@x", reason=text)
    group = (await services.messages.find(one)).group_id
    handover = Handover(owner="bob@x", note=text)
    await services.overview.hand_over(group, handover, by="ann@x")
    request = BulkRequest(action=BulkAction.DISCARD, confirmed=1, message_ids=(another,), reason=text)
    await finished(backend, await services.bulk.start(request, by="ann@x"))


async def who_did_what(backend: ConsoleBackend) -> list[tuple[object, ...]]:
    """Return the records of the audit log without what was typed."""
    page = await backend.services.audit.page(AuditFilter())
    return [(each.id, each.at, each.by, each.action, each.target) for each in page.items]
