"""Bulk operations of one failure group, as the tests start and end them."""

from shared.contracts.dead_letter import FailureReason
from shared.failed_messages.bulk_operation import BulkAction, BulkOperation
from shared.failed_messages.bulk_operations import BulkRequest
from shared.failed_messages.group_identity import group_identity
from shared.failed_messages.patch import PatchStep, StepKind
from tests import messages
from tests.emulator.failed_messages.console_backend import DETAIL, ConsoleBackend

FAST = 50
"""A rate in messages a second that keeps no test waiting."""
CAUSE = FailureReason(error_type="rejected", slug="order.totals_mismatch", detail=DETAIL)
GROUP = group_identity(messages.SUBSCRIPTION, CAUSE, messages.ATTRIBUTES).id
REPAIR = (PatchStep(kind=StepKind.COMPUTE, formula="order_total"),)


def replay(count: int, *, rate: int = FAST) -> BulkRequest:
    """Return the request to replay the group, with its count confirmed."""
    return BulkRequest(action=BulkAction.REPLAY, group_id=GROUP, confirmed=count, rate=rate)


async def finished(backend: ConsoleBackend, run: BulkOperation, limit: int = 25) -> BulkOperation:
    """Advance an operation until it ends, as a page that watches it does."""
    while run.running:
        run = await backend.services.bulk.advance(run.id, limit=limit)
    return run
