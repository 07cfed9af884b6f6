"""Why a request about failed messages is refused, each with a slug and an HTTP status.

    FailedMessageError
    ├── NotFound          404  no such message, group, bulk operation or order
    ├── NotAllowed        409  the current state does not allow it
    │   ├── NotOpen            already resolved or discarded
    │   ├── NotDiscarded       only a discarded message can be reopened
    │   ├── SecondPersonNeeded the person who edited a fact about money may not replay the edit
    │   ├── InProgress         a replay is in progress
    │   ├── Unprotected        so old that its claim may have expired
    │   ├── CountChanged       the confirmed count differs from the number of open messages
    │   ├── HandoverChanged    the group was handed over since the form was opened
    │   └── OperationEnded     done, stopped or cancelled
    └── Invalid           422  invalid input
        ├── ReasonMissing      discarding needs a reason
        ├── EditRefused        the edited payload breaks its contract
        ├── RepairRefused      the patch may not be applied to many messages
        └── InvalidCursor 400  the cursor belongs to another list

The text is shown to people. It contains no payload.
"""

from typing import ClassVar


class FailedMessageError(Exception):
    """A refused request."""

    slug: ClassVar[str]
    status: ClassVar[int]


class NotFound(FailedMessageError):
    """The id is unknown."""

    slug = "review.not_found"
    status = 404


class NotAllowed(FailedMessageError):
    """The current state does not allow the action."""

    status = 409


class NotOpen(NotAllowed):
    """The message is closed."""

    slug = "replay.not_open"


class NotDiscarded(NotAllowed):
    """The message is not discarded."""

    slug = "reopen.not_discarded"


class SecondPersonNeeded(NotAllowed):
    """Editing a fact about money takes two people: one edits, another one replays."""

    slug = "edit.second_person"


class InProgress(NotAllowed):
    """A replay of this message is in progress."""

    slug = "replay.in_progress"


class Unprotected(NotAllowed):
    """The claim that recognises the message as processed may have expired."""

    slug = "replay.unprotected"


class CountChanged(NotAllowed):
    """The confirmed count differs from the number of open messages."""

    slug = "run.count_changed"


class HandoverChanged(NotAllowed):
    """The failure group was handed over since the person opened the form."""

    slug = "handover.changed"


class OperationEnded(NotAllowed):
    """The bulk operation is done, stopped or cancelled."""

    slug = "run.ended"


class Invalid(FailedMessageError):
    """The input is invalid."""

    status = 422


class ReasonMissing(Invalid):
    """Discarding needs a reason."""

    slug = "discard.reason_missing"


class EditRefused(Invalid):
    """The function would reject the edited payload as a breach of its contract."""

    slug = "edit.refused"


class RepairRefused(Invalid):
    """The patch may not be applied to many messages."""

    slug = "repair.refused"


class InvalidCursor(Invalid):
    """The cursor belongs to another list."""

    slug = "cursor.invalid"
    status = 400
