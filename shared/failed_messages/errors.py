"""Why the review refuses, each with a slug and the HTTP status it is told with.

    ReviewError
    ├── NotFound          404  no such case, group, run or order
    ├── NotAllowed        409  the case or run is not in the state for it
    │   ├── NotOpen            resolved or discarded already
    │   ├── InProgress         somebody replays it at this moment
    │   ├── Unprotected        so old that the record of its processing may be gone
    │   ├── CountChanged       not the number of messages that was confirmed
    │   └── RunEnded           done, stopped or cancelled
    └── Invalid           422  what was sent cannot be taken
        ├── ReasonMissing      discarding needs a reason
        └── EditRefused        the edited payload would not pass its contract

The text holds no payload.
"""

from typing import ClassVar


class ReviewError(Exception):
    """A wish that the review does not fulfil."""

    slug: ClassVar[str]
    status: ClassVar[int]


class NotFound(ReviewError):
    """There is nothing by this id."""

    slug = "review.not_found"
    status = 404


class NotAllowed(ReviewError):
    """The state does not allow it."""

    status = 409


class NotOpen(NotAllowed):
    """The case is closed."""

    slug = "replay.not_open"


class InProgress(NotAllowed):
    """A replay of this message is under way."""

    slug = "replay.in_progress"


class Unprotected(NotAllowed):
    """The claim that would recognise the message as processed may have expired."""

    slug = "replay.unprotected"


class CountChanged(NotAllowed):
    """The number that was confirmed is not the number of messages there are."""

    slug = "run.count_changed"


class RunEnded(NotAllowed):
    """The run is over."""

    slug = "run.ended"


class Invalid(ReviewError):
    """What was sent cannot be taken."""

    status = 422


class ReasonMissing(Invalid):
    """Discarding needs a reason."""

    slug = "discard.reason_missing"


class EditRefused(Invalid):
    """The edited payload is not one that the function would take."""

    slug = "edit.refused"
