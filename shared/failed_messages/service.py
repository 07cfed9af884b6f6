"""What people do with one failed message: view, dry run, replay, edit, discard.

A replay delivers the message to the function behind the subscription it failed at, and nowhere else:

    request           OPEN -> REPLAYING, written over the version that was read
    second request    refused while the message is REPLAYING
    answer            REPLAYING -> RESOLVED, or OPEN with the new failure reason
    no answer         OPEN; if the message was processed, the next replay ends as a duplicate
    console crash     stays REPLAYING; once the lease expires, another replay takes over

A payload of 10 MB is masked in a thread: it takes seconds, in which other people use the console.
"""

from asyncio import to_thread
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from shared.consumer.function_answer import DryRunResult
from shared.errors import ContractViolation, LostRace
from shared.failed_messages.dead_letter import MONEY_FACTS, StoredDeadLetter
from shared.failed_messages.edits import Edit, Edits
from shared.failed_messages.errors import EditRefused, NotAllowed, NotFound, SecondPersonNeeded
from shared.failed_messages.function_client import NO_DRY_RUN, FunctionClient, build_replay
from shared.failed_messages.model import (
    PAGE_SIZE,
    AuditEntry,
    FailedMessage,
    MessageFilter,
    Page,
    ReplayAttempt,
    Sort,
)
from shared.failed_messages.payload import Payload, diff_masked, mask_payload, unmask_payload
from shared.failed_messages.repository import FailedMessageRepository
from shared.failed_messages.transitions import (
    begin_replay,
    check_replayable,
    discard,
    finish_replay,
    reopen_discarded,
)

MAX_MATCHES = 5
"""Ids that are listed where a prefix is ambiguous."""

_UNCHECKED = frozenset({ContractViolation.slug, NO_DRY_RUN})
"""Reasons of a dry run that leave an edit without a valid contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCheck:
    """The dry run of a replay, and what forbids the replay at present."""

    dry_run: DryRunResult
    refusal: NotAllowed | None = None

    @property
    def passes(self) -> bool:
        """Return whether a replay is allowed and would succeed."""
        return self.refusal is None and self.dry_run.passes


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedEdit:
    """An edit with its masked difference from the original."""

    id: str
    by: str
    at: datetime
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMessageService:
    """Work on failed messages; a method with an id raises NotFound, every method StoreUnavailable."""

    repository: FailedMessageRepository
    edits: Edits
    functions: FunctionClient
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    async def page(
        self,
        wanted: MessageFilter,
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
        sort: Sort = Sort.NEWEST,
    ) -> Page[FailedMessage]:
        """List messages without their history. Raises InvalidCursor."""
        return await self.repository.page(wanted, cursor, limit, sort)

    async def find(self, message_id: str) -> FailedMessage:
        """Read a message with its history."""
        return await self.repository.find(message_id)

    async def find_ids(self, prefix: str) -> tuple[str, ...]:
        """List the first ids that begin with a prefix: more than one where it is ambiguous."""
        return await self.repository.find_ids(prefix, MAX_MATCHES)

    async def payload(self, message_id: str) -> Payload:
        """Read the payload with personal values masked."""
        return await to_thread(mask_payload, (await self._find_stored(message_id)).dead_letter)

    async def unmask(self, message_id: str, *, by: str) -> Payload:
        """Read the payload with personal values, after writing an audit entry."""
        await self.log_unmasked(message_id, by=by)
        return await self.unmasked_payload(message_id)

    async def log_unmasked(self, message_id: str, *, by: str) -> None:
        """Write the audit entry for showing personal values."""
        await self._log(message_id, AuditEntry(at=self.clock(), by=by, action="unmasked"))

    async def unmasked_payload(self, message_id: str) -> Payload:
        """Read the payload with personal values; the caller has logged that."""
        return await to_thread(unmask_payload, (await self._find_stored(message_id)).dead_letter)

    async def check_replay(
        self, message_id: str, *, data: bytes | None = None, edit: str | None = None
    ) -> ReplayCheck:
        """Ask today's code for a dry run of the message, of other data or of an edit in its place."""
        message = await self.find(message_id)
        stored = await self._find_stored(message_id)
        sent = (await self._edit(message_id, edit)).data if edit else data
        dry_run = await self.functions.dry_run(build_replay(stored, sent, message.waiting_since))
        return ReplayCheck(dry_run=dry_run, refusal=_find_refusal(message, self.clock()))

    async def replay(
        self, message_id: str, *, by: str, edit: str | None = None, operation: str = ""
    ) -> FailedMessage:
        """Deliver a message, or an edit of it, and return the message as the replay left it.

        It is RESOLVED with an outcome, or OPEN with the new failure reason. Raises NotOpen,
        InProgress, Unprotected, SecondPersonNeeded.
        """
        stored = await self._find_stored(message_id)
        # First: a message that is refused once its replay has begun stays in progress until the lease ends.
        await self._check_edit(message_id, by, edit)
        attempt = ReplayAttempt(token=self.new_id(), by=by, at=self.clock(), edit=edit, operation=operation)
        begun = await self.repository.update(message_id, lambda message: begin_replay(message, attempt))
        request = build_replay(stored, await self._edited_data(begun), begun.waiting_since)
        answer = await self.functions.push(request)

        def finish(message: FailedMessage) -> FailedMessage:
            own = message.attempt is not None and message.attempt.token == attempt.token
            return finish_replay(message, answer, self.clock()) if own else message

        return await self.repository.update(message_id, finish)

    async def original_data(self, message_id: str) -> bytes:
        """Read the payload as it was sent."""
        return (await self._find_stored(message_id)).dead_letter.data

    async def save_edit(self, message_id: str, data: bytes, *, by: str) -> SavedEdit:
        """Store edited data that a replay may send instead of the message's own, and return its difference.

        Raises EditRefused where the data breaks its contract or the function did not check it, and
        NotAllowed where the message may not be replayed.
        """
        check_replayable(await self.find(message_id), self.clock())
        dry_run = (await self.check_replay(message_id, data=data)).dry_run
        if dry_run.reason in _UNCHECKED:
            raise EditRefused(dry_run.detail or "The function did not answer the check. Try again.")
        return await self._to_saved_edit(await self.store_edit(message_id, data, by=by))

    async def store_edit(self, message_id: str, data: bytes, *, by: str) -> Edit:
        """Store edited data after its dry run."""
        edit = Edit(id=self.new_id(), message_id=message_id, by=by, at=self.clock(), data=data)
        entry = AuditEntry(at=edit.at, by=by, action="edited", detail=edit.id, edit=edit.id)
        # In one commit: an erasure may delete the message while the function answers the dry run.
        prepared = await self.edits.prepare(edit)
        try:
            await self.repository.update(
                message_id, lambda message: message.with_entry(entry), prepared.writes
            )
        except NotFound:
            await self.edits.drop(prepared)
            raise
        return edit

    async def list_edits(self, message_id: str) -> tuple[SavedEdit, ...]:
        """List a message's newest edits, the newest first."""
        return tuple([await self._to_saved_edit(each) for each in await self.edits.list_newest(message_id)])

    async def difference(self, message_id: str, data: bytes) -> str:
        """Compare other data with the message's own; personal values are masked."""
        dead_letter = (await self._find_stored(message_id)).dead_letter
        return await to_thread(diff_masked, dead_letter.data, data, ordering_key=dead_letter.ordering_key)

    async def edited_text(self, message_id: str, edit_id: str) -> str:
        """Return an edit's payload, unmasked; the caller has logged that."""
        return (await self._edit(message_id, edit_id)).data.decode(errors="backslashreplace")

    async def discard(self, message_id: str, *, by: str, reason: str, operation: str = "") -> FailedMessage:
        """Close a message that is not needed; raise ReasonMissing, NotOpen, InProgress."""

        def close(message: FailedMessage) -> FailedMessage:
            return discard(message, by=by, reason=reason, now=self.clock(), operation=operation)

        return await self.repository.update(message_id, close)

    async def reopen(self, message_id: str, *, by: str, reason: str) -> FailedMessage:
        """Open a discarded message again; raise ReasonMissing, NotDiscarded."""

        def change(message: FailedMessage) -> FailedMessage:
            return reopen_discarded(message, by=by, reason=reason, now=self.clock())

        return await self.repository.update(message_id, change)

    async def _check_edit(self, message_id: str, by: str, edit_id: str | None) -> None:
        """Raise NotFound for an unknown edit, and SecondPersonNeeded for one's own of a fact about money."""
        message = await self.find(message_id)
        sent = edit_id or (message.attempt.edit if message.attempt else None)
        own = sent is not None and (await self._edit(message_id, sent)).by == by
        if own and message.topic in MONEY_FACTS:
            raise SecondPersonNeeded("This edit changes a fact about money: another person must replay it")

    async def _find_stored(self, message_id: str) -> StoredDeadLetter:
        with suppress(LostRace):  # it is being deleted at this moment
            if stored := await self.repository.find_dead_letter(message_id):
                return stored
        raise NotFound("Message not found")

    async def _edit(self, message_id: str, edit_id: str) -> Edit:
        edit = await self.edits.find(message_id, edit_id)
        if edit is None:
            raise NotFound("Edit not found")
        return edit

    async def _edited_data(self, begun: FailedMessage) -> bytes | None:
        edit = begun.attempt.edit if begun.attempt else None
        return (await self._edit(begun.id, edit)).data if edit else None

    async def _log(self, message_id: str, entry: AuditEntry) -> None:
        await self.repository.update(message_id, lambda message: message.with_entry(entry))

    async def _to_saved_edit(self, edit: Edit) -> SavedEdit:
        difference = await self.difference(edit.message_id, edit.data)
        return SavedEdit(id=edit.id, by=edit.by, at=edit.at, difference=difference)


def _find_refusal(message: FailedMessage, now: datetime) -> NotAllowed | None:
    try:
        check_replayable(message, now)
    except NotAllowed as refusal:
        return refusal
    return None
