"""Replay or discard many messages, one by one, in order of publication.

The first message is the canary: the operation stops at the first that fails. It progresses only within
requests that hold its lease, because an instance has no processor between requests. Its document holds
the progress, so another request can continue it, also after a crash.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.failed_messages.bulk_operation import (
    BulkAction,
    BulkOperation,
    acquire_lease,
    cancel,
    complete,
    record_failure,
    record_result,
    release_lease,
)
from shared.failed_messages.bulk_operation_store import BulkOperationStore
from shared.failed_messages.bulk_selection import BulkSelection, Selected
from shared.failed_messages.errors import CountChanged, NotAllowed, ReasonMissing
from shared.failed_messages.model import FailedMessage, Page
from shared.failed_messages.service import FailedMessageService

DEFAULT_RATE = 5
"""Messages per second."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOperations:
    """Start, advance, cancel and list bulk operations; every method raises StoreUnavailable."""

    store: BulkOperationStore
    selection: BulkSelection
    messages: FailedMessageService
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def preview(self, group_id: str | None, message_ids: tuple[str, ...]) -> Selected:
        """Count the messages that an operation would cover. Raises NotFound."""
        return await self.selection.select(group_id, message_ids)

    async def start(self, request: BulkRequest, *, by: str) -> BulkOperation:
        """Store a new operation; `advance` works on it.

        Raises CountChanged where the confirmed count differs, NotFound, ReasonMissing.
        """
        if request.action is BulkAction.DISCARD and not request.reason.strip():
            raise ReasonMissing("reason: must not be empty")
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
            reason=request.reason,
            total=selected.total,
            rate=request.rate,
            started_at=now,
            started_by=by,
            heartbeat_at=now,
        )
        await self.store.create(operation)
        return operation

    async def advance(self, operation_id: str, *, limit: int = 25, seconds: float = 20.0) -> BulkOperation:
        """Work on the next messages, up to a number and a time, and return the progress.

        Only returns the progress while another request holds the lease, or after the end. Raises NotFound.
        """
        owner = self.new_id()
        operation = await self.store.update(
            operation_id, lambda operation: acquire_lease(operation, owner, self.clock())
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

    async def cancel(self, operation_id: str, *, by: str) -> BulkOperation:
        """Cancel an operation before its next message. Raises NotFound, OperationEnded."""
        return await self.store.update(operation_id, lambda operation: cancel(operation, by, self.clock()))

    async def find(self, operation_id: str) -> BulkOperation:
        """Read an operation and its progress. Raises NotFound."""
        return await self.store.find(operation_id)

    async def page(self, cursor: str | None = None) -> Page[BulkOperation]:
        """List operations, the newest first. Raises InvalidCursor."""
        return await self.store.page(cursor)

    async def _work(self, operation: BulkOperation, limit: int, until: datetime) -> None:
        owner, processed = operation.lease_owner, 0
        async for message_id in self.selection.remaining(operation):
            began = self.clock()
            operation = await self._process(operation, message_id)
            processed += 1
            if not operation.running or operation.lease_owner != owner:
                return
            if processed == limit or self.clock() >= until:
                return
            await self._keep_rate(operation, began)
        await self.store.update(operation.id, lambda operation: complete(operation, self.clock()))

    async def _process(self, operation: BulkOperation, message_id: str) -> BulkOperation:
        """Replay or discard one message, and record the result."""
        try:
            message = await self._act(operation, message_id)
        except NotAllowed as error:
            refusal = error  # Python deletes `error` at the end of the block
            return await self.store.update(
                operation.id, lambda current: record_failure(current, message_id, refusal, self.clock())
            )
        return await self.store.update(
            operation.id, lambda current: record_result(current, message, self.clock())
        )

    async def _act(self, operation: BulkOperation, message_id: str) -> FailedMessage:
        if operation.action is BulkAction.DISCARD:
            return await self.messages.discard(
                message_id, by=operation.started_by, reason=operation.reason, operation=operation.id
            )
        return await self.messages.replay(message_id, by=operation.started_by, operation=operation.id)

    async def _keep_rate(self, operation: BulkOperation, began: datetime) -> None:
        spent = (self.clock() - began).total_seconds()
        await self.sleep(max(0.0, 1 / operation.rate - spent))
