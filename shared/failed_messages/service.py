"""Everything a person does with one failed message."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.errors import ContractViolation
from shared.failed_messages.decisions import check_replayable, discard
from shared.failed_messages.edits import Edit
from shared.failed_messages.errors import EditRefused
from shared.failed_messages.model import Case, Entry
from shared.failed_messages.payload import Payload, masked_difference, masked_payload, unmasked_payload
from shared.failed_messages.replay import Preflight, Replays

NO_PREFLIGHT = "preflight.no_answer"
_UNCHECKED = frozenset({ContractViolation.slug, NO_PREFLIGHT})


@dataclass(frozen=True, slots=True, kw_only=True)
class EditShown:
    """An edit as it may be shown: what it changes, with personal values masked."""

    id: str
    by: str
    at: datetime
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Look at a case, ask what a replay would do, edit, replay, discard.

    Every method raises NotFound where there is no such case, and StoreUnavailable.
    """

    replays: Replays
    clock: Callable[[], datetime]
    token: Callable[[], str]

    async def case(self, case_id: str) -> Case:
        """Read a case with its history."""
        return (await self.replays.file.find(case_id)).case

    async def payload(self, case_id: str) -> Payload:
        """Show a message with what is personal masked."""
        return masked_payload((await self.replays.message(case_id)).letter)

    async def unmask(self, case_id: str, *, by: str) -> Payload:
        """Show a message as it is, after noting who asked."""
        await self._note(case_id, Entry(at=self.clock(), by=by, action="unmasked"))
        return unmasked_payload((await self.replays.message(case_id)).letter)

    async def preflight(self, case_id: str, data: bytes | None = None) -> Preflight:
        """Ask what a replay would come to now, of the message or of other data in its place."""
        return await self.replays.preflight(case_id, data)

    async def replay(self, case_id: str, *, by: str, edit: str | None = None) -> Case:
        """Replay a message or an edit of it; see `Replays.replay`."""
        return await self.replays.replay(case_id, by=by, edit=edit)

    async def edit(self, case_id: str, data: bytes, *, by: str) -> EditShown:
        """Keep edited data that may be replayed instead of the message's own.

        Raises EditRefused where it breaks its contract or nobody could check it, and NotAllowed
        where the case may not be replayed.
        """
        check_replayable(await self.case(case_id), self.clock())
        forecast = (await self.preflight(case_id, data)).forecast
        if forecast.reason in _UNCHECKED:
            raise EditRefused(forecast.detail or "data: nobody answered who could check it")
        edit = Edit(id=self.token(), case_id=case_id, by=by, at=self.clock(), data=data)
        await self.replays.edits.save(edit)
        await self._note(case_id, Entry(at=edit.at, by=by, action="edited", detail=edit.id))
        return await self._shown(edit)

    async def edits(self, case_id: str) -> tuple[EditShown, ...]:
        """List what was edited, the newest first."""
        return tuple([await self._shown(each) for each in await self.replays.edits.of(case_id)])

    async def discard(self, case_id: str, *, by: str, reason: str) -> Case:
        """Close a case whose message is not needed; raise ReasonMissing, NotOpen, InProgress."""

        def decide(case: Case) -> Case:
            return discard(case, by=by, reason=reason, now=self.clock())

        return await self.replays.file.change(case_id, decide)

    async def _note(self, case_id: str, entry: Entry) -> None:
        await self.replays.file.change(case_id, lambda case: case.noted(entry))

    async def _shown(self, edit: Edit) -> EditShown:
        letter = (await self.replays.message(edit.case_id)).letter
        difference = masked_difference(letter.data, edit.data, ordering_key=letter.ordering_key)
        return EditShown(id=edit.id, by=edit.by, at=edit.at, difference=difference)
