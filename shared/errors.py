"""The errors of a message, as one tree with the status of each.

    MessageError
    ├── NotAPush                    400  the request is not a Pub/Sub push at all
    ├── PushTooLarge                413  larger than any push can be
    ├── Unidentified                401  not pushed by an allowed account
    ├── Overloaded                  429  the instance handles too many bytes already
    ├── Rejected                    422  every further delivery would fail too
    │   ├── UnknownSubscription          pushed by a subscription this function does not serve
    │   ├── UnknownEventType             of a type that no subscription of the topic takes
    │   ├── UnknownSource                from a producer that its topic does not list
    │   ├── UnknownVersion               of another major version than its contract
    │   ├── ContractViolation            the payload breaks its contract
    │   ├── Conflict                     same idempotency key, other content
    │   └── RuleViolation                the payload is valid, but the order does not allow it
    │       (its leaves are beside the rules, in `shared.domain.violations`)
    ├── Deferred                    503  too early: the message needs another one that has not arrived
    │       (its leaves are beside the rules, in `shared.domain.violations`)
    └── Transient                   503  Firestore or Pub/Sub was unavailable; the next delivery may pass
        ├── StoreUnavailable
        ├── StoreContended
        └── PublishUnavailable

Every leaf has a slug that never changes: operators filter by it. An error's text names the field and the
rule, never the value, because it is logged and stored in plain text.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """The outcome of one delivery, as metrics and logs name it."""

    PROCESSED = "processed"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    STALE = "stale"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    ERROR = "error"


class ErrorType(StrEnum):
    """The kind of a failure, as it is stored and as metrics name it."""

    REJECTED = "rejected"
    DEFERRED = "deferred"
    TRANSIENT = "transient"
    BUG = "bug"
    NOT_RECORDED = "not_recorded"
    """The function never answered: a crash, a time-out, no instance."""


class MessageError(Exception):
    """A failed delivery, with a stable slug and a text without payload."""

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
    """The request has no valid token of an allowed account."""

    slug = "envelope.unidentified"
    outcome = Outcome.REJECTED
    status = 401


class Overloaded(MessageError):
    """The instance already handles as many bytes of messages as fit into its memory."""

    slug = "envelope.overloaded"
    status = 429


class Rejected(MessageError):
    """The message can never succeed unchanged."""

    outcome = Outcome.REJECTED
    status = 422


class UnknownSubscription(Rejected):
    """The push names a subscription that is not configured for this function."""

    slug = "envelope.unknown_subscription"


class UnknownEventType(Rejected):
    """No subscription of the topic takes messages of this type; its catch-all does, so that none is lost."""

    slug = "envelope.unknown_event_type"


class UnknownSource(Rejected):
    """The message names a source that is not one of its topic's producers."""

    slug = "envelope.unknown_source"


class UnknownVersion(Rejected):
    """The message has another major version than the contract of its kind."""

    slug = "contract.unknown_version"


class ContractViolation(Rejected):
    """The payload breaks its contract; the text lists each field with its rule."""

    slug = "contract.invalid"


class Conflict(Rejected):
    """An earlier message had the same idempotency key and other content."""

    slug = "claim.conflict"


class RuleViolation(Rejected):
    """A business rule forbids the change."""


class Deferred(MessageError):
    """The message needs another one that has not arrived; a later delivery may pass."""

    outcome = Outcome.DEFERRED
    status = 503


def raise_all(found: Iterable[RuleViolation | Deferred]) -> None:
    """Raise the first violation, where there is any, with the texts of all.

    A message that breaks a rule is never too early as well: it can't succeed later.
    """
    every = [*found]
    reported = [each for each in every if isinstance(each, RuleViolation)] or every
    if reported:
        reported[0].args = ("; ".join(dict.fromkeys(map(str, reported))),)
        try:
            raise reported[0]
        finally:
            del every, reported  # otherwise this frame and the error keep each other from being freed


class Transient(MessageError):
    """A service was unavailable."""

    status = 503


class StoreUnavailable(Transient):
    """Firestore did not respond in time."""

    slug = "store.unavailable"


class StoreContended(Transient):
    """Other deliveries changed the same documents during every try."""

    slug = "store.contended"


class PublishUnavailable(Transient):
    """Pub/Sub did not accept the outgoing messages in time."""

    slug = "publish.unavailable"


class LostRace(Exception):
    """A precondition of the commit no longer holds: read again and decide again."""
