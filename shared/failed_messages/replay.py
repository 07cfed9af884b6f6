"""Replaying one failed message: to the one subscription it failed at, and once at a time.

    press        case OPEN -> REPLAYING, over exactly the version that was read
    second press refused: it is REPLAYING already
    answer       REPLAYING -> RESOLVED, or OPEN with the new cause
    no answer    OPEN: it may have been processed, and then the next replay says duplicate
    death        still REPLAYING; after the lease whoever replays takes over

The console posts the push body to the function behind the subscription by itself: no other
subscriber of the topic sees it, and the answer is known at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.consumer.dry_run_result import DryRunResult
from shared.failed_messages.compare_and_set import CaseFile
from shared.failed_messages.dead_letter_store import FailedMessages
from shared.failed_messages.decisions import begin, check_replayable, finish
from shared.failed_messages.edits import Edit, Edits
from shared.failed_messages.errors import NotAllowed, NotFound
from shared.failed_messages.function_client import Delivery, Functions
from shared.failed_messages.model import Attempt, Case
from shared.failed_messages.stored_dead_letter import FailedMessage

EDITED_FROM = "editedFrom"
"""Attribute of an edited message: the id of the case it was edited from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What a replay would come to, and whether it is allowed."""

    forecast: DryRunResult
    refusal: NotAllowed | None = None

    @property
    def passes(self) -> bool:
        """Say whether a replay is allowed and would succeed."""
        return self.refusal is None and self.forecast.passes


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays:
    """Ask what a replay would do, and do it."""

    file: CaseFile
    messages: FailedMessages
    edits: Edits
    functions: Functions
    clock: Callable[[], datetime]
    token: Callable[[], str]

    async def preflight(self, case_id: str, data: bytes | None = None) -> Preflight:
        """Ask today's code what it would make of a message, or of other data in its place.

        Raises NotFound, StoreUnavailable.
        """
        case = (await self.file.find(case_id)).case
        message = await self.message(case_id)
        forecast = await self.functions.preflight(_delivery(message, data))
        return Preflight(forecast=forecast, refusal=_refusal(case, self.clock()))

    async def replay(self, case_id: str, *, by: str, edit: str | None = None) -> Case:
        """Deliver a message once more, or an edit of it; return the case as that left it.

        It is RESOLVED with an outcome, or OPEN with the cause it failed by. Raises NotFound,
        NotOpen, InProgress, Unprotected, StoreUnavailable.
        """
        message = await self.message(case_id)
        attempt = Attempt(token=self.token(), by=by, at=self.clock(), edit=edit)
        begun = await self.file.change(case_id, lambda case: begin(case, attempt))
        data = await self._edited(case_id, begun)
        answer = await self.functions.push(_delivery(message, data))

        def finished(case: Case) -> Case:
            mine = case.attempt is not None and case.attempt.token == attempt.token
            return finish(case, answer, self.clock()) if mine else case

        return await self.file.change(case_id, finished)

    async def message(self, case_id: str) -> FailedMessage:
        """Read a failed message, whole. Raises NotFound, StoreUnavailable."""
        message = await self.messages.message(case_id)
        if message is None:
            raise NotFound("id: no failed message has it")
        return message

    async def edit(self, case_id: str, edit_id: str) -> Edit:
        """Read an edit. Raises NotFound, StoreUnavailable."""
        edit = await self.edits.find(case_id, edit_id)
        if edit is None:
            raise NotFound("edit: there is none by this id")
        return edit

    async def _edited(self, case_id: str, case: Case) -> bytes | None:
        wanted = case.attempt.edit if case.attempt else None
        return (await self.edit(case_id, wanted)).data if wanted else None


def _refusal(case: Case, now: datetime) -> NotAllowed | None:
    try:
        check_replayable(case, now)
    except NotAllowed as refusal:
        return refusal
    return None


def _delivery(message: FailedMessage, data: bytes | None) -> Delivery:
    letter = message.letter
    delivery = Delivery(
        subscription=letter.subscription,
        message_id=f"replay-{message.fingerprint}",
        publish_time=letter.publish_time,
        attributes=letter.attributes,
        ordering_key=letter.ordering_key,
        data=letter.data,
    )
    if data is None:
        return delivery
    return replace(delivery, data=data, attributes={**letter.attributes, EDITED_FROM: message.fingerprint})
