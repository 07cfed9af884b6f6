"""The queries that the code runs, caught on their way, and the indexes that Firestore serves them from."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, combinations
from typing import Any, cast
from unittest.mock import Mock

from shared.consumer.deadline_sweep import DeadlineSweep
from shared.consumer.waiting_list_query import select_first_waiting
from shared.failed_messages.access_denials import AccessDenialLog
from shared.failed_messages.audit_log import AuditFilter, AuditLog
from shared.failed_messages.bulk_operation_store import BulkOperationStore
from shared.failed_messages.customer_searches import CustomerSearches
from shared.failed_messages.edits import Edits
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.model import MessageFilter, MessageStatus, Sort
from shared.failed_messages.repository import FailedMessageRepository
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset

ASCENDING, DESCENDING = "ASCENDING", "DESCENDING"
Index = tuple[str, tuple[tuple[str, str], ...]]
FILTERS: dict[str, Any] = {
    "status": MessageStatus.OPEN,
    "group_id": "group",
    "subscription": "order-create-sub",
    "order_id": "QC-1",
    "source": "QC-SMF",
    "version": "1.0",
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
UNUSED: Any = Mock()


class Caught:
    """Note what is asked, and answer with nothing."""

    def __init__(self) -> None:
        self.selections: list[Selection] = []

    async def page(self, selection: Selection, *_: object, **__: object) -> tuple[list[Any], None]:
        """Note a query."""
        self.selections.append(selection)
        return [], None

    async def count(self, selection: Selection) -> int:
        """Note a count."""
        self.selections.append(selection)
        return 0


async def all_selections() -> list[Selection]:
    """Return every query of the console, with every choice of filters."""
    caught = Caught()
    queries = cast("FirestoreQueries", caught)
    repository = FailedMessageRepository(UNUSED, queries, Cipher(new_keyset()))
    for names in chain.from_iterable(combinations(FILTERS, size) for size in range(len(FILTERS) + 1)):
        wanted = MessageFilter(**{name: FILTERS[name] for name in names})
        for sort in Sort:
            await repository.page(wanted, sort=sort)
            await repository.page(replace(wanted, since=NOW, until=NOW), sort=sort)
        await repository.count(wanted)
    for group in (None, "group"):
        await repository.count_received(NOW, group)
        await repository.count_closed(NOW, group)
    await DeadlineSweep(queries=queries, process=UNUSED, project="p", clock=lambda: NOW).run()
    await repository.page_unfinished("group")
    await repository.page_unfinished("group", after=NOW)
    await repository.impact("group")
    await repository.list_due_for_replay("order-create-sub", NOW, 1)
    await repository.list_waiting_for_replay("order-create-sub", NOW, 1)
    await repository.list_notices_due(1)
    await repository.count_failed("group", NOW, NOW)
    await FailureGroups(UNUSED, queries).page()
    await FailureGroups(UNUSED, queries).list_seen_since(NOW, 1)
    await BulkOperationStore(UNUSED, queries).page()
    await BulkOperationStore(UNUSED, queries).list_running()
    await AccessDenialLog(UNUSED, queries, UNUSED).page()
    await CustomerSearches(UNUSED, queries).page()
    fields: dict[str, Any] = {"by": "ann@x", "action": "discarded", "target": "message"}
    for names in chain.from_iterable(combinations(fields, size) for size in range(len(fields) + 1)):
        chosen = AuditFilter(**{name: fields[name] for name in names})
        await AuditLog(UNUSED, queries).page(chosen)
        await AuditLog(UNUSED, queries).page(replace(chosen, since=NOW, until=NOW))
    await Edits(UNUSED, queries, UNUSED).list_newest("message")
    caught.selections.append(select_first_waiting("LOC-BKK-001", "SKU-001"))
    return caught.selections


def indexes(selection: Selection) -> Iterable[Index]:
    """Yield the indexes a query needs, each field with its direction.

    Equalities alone are merged from the indexes of their fields, and with an order from one index per
    equality that ends in that order; anything else takes one index of its own.
    """
    equal = [path for path, op, _ in selection.where if op is Op.EQUAL]
    among = [path for path, op, _ in selection.where if op is Op.IN]
    ranged = [path for path, op, _ in selection.where if op not in (Op.EQUAL, Op.IN)]
    direction = DESCENDING if selection.descending else ASCENDING
    order = [(path, direction) for path in selection.order or dict.fromkeys(ranged)]
    filters = [(path, ASCENDING) for path in (*equal, *among)]
    merged = filters if len(order) <= 1 and not among else []
    if merged:
        yield from ((selection.collection, (each, *order)) for each in merged)
    elif filters or order:
        yield selection.collection, (*filters, *order)
