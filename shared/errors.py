"""Everything that can go wrong with a message, as one tree.

    MessageError
    ├── NotAPush                    400  the request is not a Pub/Sub push at all
    ├── PushTooLarge                413  larger than any push can be
    ├── Unidentified                401  not pushed by an account that may
    ├── Rejected                    422  will fail again however often it comes
    │   ├── UnknownSubscription          pushed by a subscription this function does not serve
    │   ├── ContractViolation            the payload breaks its contract
    │   ├── Conflict                     same idempotency key, other content
    │   └── RuleViolation                the payload is well formed, the order does not allow it
    │       (its leaves stand beside the rules, in `shared.domain.violations`)
    ├── Deferred                    503  too early: what it needs has not arrived yet
    │       (its leaves stand beside the rules, in `shared.domain.violations`)
    └── Transient                   503  a part did not answer; the next delivery may pass
        ├── StoreUnavailable
        ├── StoreContended
        └── PublishUnavailable

Every leaf has a slug that never changes: operators filter by it. The text of an error names the
field and the rule, never the value, because it is logged and stored in the clear.
"""

from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """What became of one delivery; the only words metrics and logs use for it."""

    PROCESSED = "processed"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    STALE = "stale"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    ERROR = "error"


class MessageError(Exception):
    """A delivery that could not be finished, with a stable slug and a text free of payload."""

    slug: str
    outcome: ClassVar[Outcome] = Outcome.ERROR
    status: ClassVar[int] = 500


class NotAPush(MessageError):
    """The request body is not a Pub/Sub push message."""

    slug = "envelope.not_a_push"
    outcome = Outcome.REJECTED
    status = 400


class PushTooLarge(MessageError):
    """The request body is larger than a push of the largest message."""

    slug = "envelope.too_large"
    outcome = Outcome.REJECTED
    status = 413


class Unidentified(MessageError):
    """The request does not prove that an account sent it that may."""

    slug = "envelope.unidentified"
    outcome = Outcome.REJECTED
    status = 401


class Rejected(MessageError):
    """The message can never succeed as it is."""

    outcome = Outcome.REJECTED
    status = 422


class UnknownSubscription(Rejected):
    """The push names a subscription that is not configured for this function."""

    slug = "envelope.unknown_subscription"


class ContractViolation(Rejected):
    """The payload breaks its contract; the text lists every field with the rule it breaks."""

    slug = "contract.invalid"


class Conflict(Rejected):
    """The idempotency key was used before, with other content."""

    slug = "claim.conflict"


class RuleViolation(Rejected):
    """A business rule forbids what the message asks."""


class Deferred(MessageError):
    """What the message builds on has not arrived yet; redelivery will tell."""

    outcome = Outcome.DEFERRED
    status = 503


class Transient(MessageError):
    """A part of the system did not answer in time."""

    status = 503


class StoreUnavailable(Transient):
    """Firestore did not answer, or not in time."""

    slug = "store.unavailable"


class StoreContended(Transient):
    """Other deliveries kept changing the same documents."""

    slug = "store.contended"


class PublishUnavailable(Transient):
    """Pub/Sub did not take the outgoing events, or not in time."""

    slug = "publish.unavailable"


class LostRace(Exception):
    """A precondition of the commit no longer holds: read again and decide again."""
