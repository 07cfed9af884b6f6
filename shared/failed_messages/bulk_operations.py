"""Replay, repair or discard many messages, one by one, in order of publication.

The first message is the canary: the operation stops at the first that fails, or after as many failures as
a person allowed. A message is left open where an earlier one of the same customer stayed open.

It progresses only within requests that hold its lease, because an instance has no processor between
requests. The schedule sends such a request every minute. The operation's document holds the progress, so
another request can continue it, also after a crash.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.failed_messages.bulk_operation import BulkAction, BulkOperation, Failure
from shared.failed_messages.bulk_operation_store import BulkOperationStore, PersonsAction
from shared.failed_messages.bulk_selection import BulkSelection, Selected
from shared.failed_messages.bulk_transitions import (
    Result,
    acquire_lease,
    cancel,
    complete,
    pause,
    record_turn,
    release_lease,
    resume,
)
from shared.failed_messages.errors import CountChanged, NotAllowed, NotFound
from shared.failed_messages.model import FailedMessage, Page
from shared.failed_messages.patch import PatchStep
from shared.failed_messages.repairs import Repairs, check_repairable, check_steps
from shared.failed_messages.service import FailedMessageService
from shared.failed_messages.transitions import require_reason

DEFAULT_RATE = 5
"""Messages per second."""

SCHEDULE_BUDGET = timedelta(seconds=40)
"""How long a scheduled request works: less than the schedule's interval."""

SCHEDULE_LIMIT = 2_000
"""Messages of one operation in a scheduled request: more than it handles within its budget."""

CUSTOMER_WAITS = "run.customer_waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """A bulk operation to start on a group or on selected messages; a person typed the count `confirmed`."""

    action: BulkAction
    confirmed: int
    group_id: str | None = None
    message_ids: tuple[str, ...] = ()
    reason: str = ""
    """The discard reason."""
    rate: int = DEFAULT_RATE
    """Messages per second, at most."""
    max_failures: int = 0
    """Messages that may fail before the operation stops."""
    repair: tuple[PatchStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOperations:
    """Start, advance, pause, cancel and list bulk operations; every method raises StoreUnavailable."""

    store: BulkOperationStore
    selection: BulkSelection
    messages: FailedMessageService
    repairs: Repairs
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def preview(self, group_id: str | None, message_ids: tuple[str, ...]) -> Selected:
        """Count the messages that an operation would cover. Raises NotFound."""
        return await self.selection.select(group_id, message_ids)

    async def start(self, request: BulkRequest, *, by: str) -> BulkOperation:
        """Store a new operation; `advance` works on it.

        Raises CountChanged where the confirmed count differs, NotFound, ReasonMissing, RepairRefused.
        """
        reason = require_reason(request.reason) if request.action is BulkAction.DISCARD else request.reason
        await self._check(request)
        selected = await self.selection.select(request.group_id, request.message_ids)
        if selected.total != request.confirmed:
            raise CountChanged(
                f"count: {selected.total} messages are open, {request.confirmed} were confirmed"
            )
        now = self.clock()
        operation = BulkOperation(
            id=self.new_id(),
            action=request.action,
            group_id=request.group_id,
            message_ids=tuple(message.id for message in selected.messages),
            reason=reason,
            total=selected.total,
            rate=request.rate,
            max_failures=request.max_failures,
            repair=request.repair,
            scheduled=True,
            started_at=now,
            started_by=by,
            heartbeat_at=now,
        )
        await self.store.create(operation)
        return operation

    async def advance(
        self, operation_id: str, *, limit: int = 25, seconds: float = 20.0, by: str = ""
    ) -> BulkOperation:
        """Work on the next messages, up to a number and a time, and return the progress.

        The audit log records `by`, unless the same person started the operation.

        Only returns the progress while another request holds the lease, or after the end. Raises NotFound.
        """
        owner, now = self.new_id(), self.clock()
        action = PersonsAction(name="advanced", by=by, at=now, of_others_only=True) if by else None
        operation = await self.store.update(
            operation_id, lambda operation: acquire_lease(operation, owner, now), action
        )
        if operation.lease_owner != owner:
            return operation
        try:
            await self._work(operation, limit, self.clock() + timedelta(seconds=seconds))
        finally:
            operation = await self.store.update(
                operation_id, lambda operation: release_lease(operation, owner, self.clock())
            )
        return operation

    async def advance_scheduled(self) -> int:
        """Work on the operations that the schedule advances; return their number."""
        operations = [each for each in await self.store.list_running() if each.scheduled]
        seconds = SCHEDULE_BUDGET.total_seconds()
        await asyncio.gather(
            *(self.advance(each.id, limit=SCHEDULE_LIMIT, seconds=seconds) for each in operations)
        )
        return len(operations)

    async def pause(self, operation_id: str, *, by: str) -> BulkOperation:
        """Pause an operation before its next message. Raises NotFound, OperationEnded."""
        action = PersonsAction(name="run_paused", by=by, at=self.clock())
        return await self.store.update(operation_id, lambda operation: pause(operation, by), action)

    async def resume(self, operation_id: str, *, by: str) -> BulkOperation:
        """Have the schedule continue an operation. Raises NotFound, OperationEnded."""
        action = PersonsAction(name="run_resumed", by=by, at=self.clock())
        return await self.store.update(operation_id, resume, action)

    async def cancel(self, operation_id: str, *, by: str) -> BulkOperation:
        """Cancel an operation before its next message. Raises NotFound, OperationEnded."""
        action = PersonsAction(name="cancelled", by=by, at=self.clock())
        return await self.store.update(
            operation_id, lambda operation: cancel(operation, by, action.at), action
        )

    async def find(self, operation_id: str) -> BulkOperation:
        """Read an operation and its progress. Raises NotFound."""
        return await self.store.find(operation_id)

    async def page(self, cursor: str | None = None) -> Page[BulkOperation]:
        """List operations, the newest first. Raises InvalidCursor."""
        return await self.store.page(cursor)

    async def _check(self, request: BulkRequest) -> None:
        if request.action is BulkAction.REPAIR:
            check_steps(request.repair)
            check_repairable(await self.selection.list_first(request.group_id, request.message_ids, 1))

    async def _work(self, operation: BulkOperation, limit: int, until: datetime) -> None:
        owner, processed = operation.lease_owner, 0
        waiting = await self._waiting_customers(operation)
        async for message in self.selection.iter_remaining(operation):
            began = self.clock()
            failures = len(operation.failures)
            operation = await self._process(operation, message, waiting)
            if message and len(operation.failures) > failures:
                waiting |= set(message.customer_keys)
            processed += 1
            if not operation.running or operation.lease_owner != owner:
                return
            if processed == limit or self.clock() >= until:
                return
            await self._keep_rate(operation, began)
        await self.store.update(operation.id, lambda operation: complete(operation, self.clock()))

    async def _waiting_customers(self, operation: BulkOperation) -> set[bytes]:
        """Return the customers with a message that stayed open: no later one may overtake it."""
        if operation.action is BulkAction.DISCARD:
            return set()
        waiting: set[bytes] = set()
        for each in operation.failures:
            with suppress(NotFound):  # deleted since: no message can overtake it
                waiting |= {*(await self.messages.find(each.message_id)).customer_keys}
        return waiting

    async def _process(
        self, operation: BulkOperation, message: FailedMessage | None, waiting: set[bytes]
    ) -> BulkOperation:
        """Process one message, and record the result; skip a deleted one."""
        result = await self._result(operation, message, waiting) if message else None

        def record(current: BulkOperation) -> BulkOperation:
            if current.lease_owner != operation.lease_owner:  # another request counts the message
                return current
            return record_turn(current, message, result, self.clock())

        return await self.store.update(operation.id, record)

    async def _result(
        self, operation: BulkOperation, message: FailedMessage, waiting: set[bytes]
    ) -> Result | None:
        """Process one message; return None where it was deleted meanwhile."""
        if operation.action is not BulkAction.DISCARD and not waiting.isdisjoint(message.customer_keys):
            detail = "An earlier message of the same customer stayed open"
            return Failure(message_id=message.id, reason=CUSTOMER_WAITS, detail=detail)
        try:
            return await self._act(operation, message)
        except NotAllowed as refusal:
            return refusal
        except NotFound:
            return None

    async def _act(self, operation: BulkOperation, message: FailedMessage) -> FailedMessage | Failure:
        by = operation.started_by
        if operation.action is BulkAction.DISCARD:
            return await self.messages.discard(
                message.id, by=by, reason=operation.reason, operation=operation.id
            )
        if operation.action is BulkAction.REPAIR:
            return await self.repairs.repair(message, operation.repair, by=by, operation=operation.id)
        return await self.messages.replay(message.id, by=by, operation=operation.id)

    async def _keep_rate(self, operation: BulkOperation, began: datetime) -> None:
        spent = (self.clock() - began).total_seconds()
        await self.sleep(max(0.0, 1 / operation.rate - spent))
