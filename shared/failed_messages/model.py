"""A failed message: its state, its history, and the filters and pages it is listed by.

    OPEN -> REPLAYING -> RESOLVED     the replay succeeded
                      -> OPEN         the replay failed
    OPEN -> DISCARDED                 a person decided that the message is not needed
    DISCARDED -> OPEN                 a person reopened it
    RESOLVED -> OPEN                  the message was dead-lettered again after it was resolved

The record holds no personal data: payload, ordering key and unknown attributes are encrypted apart.
Some fields are stored under older names: `field(name=...)` says which.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import field
from msgspec.structs import replace

from shared.contracts.dead_letter import FailureReason
from shared.domain.value import Value
from shared.errors import ErrorType
from shared.failed_messages.group_identity import group_identity
from shared.privacy.customer_keys import CUSTOMER_KEYS

Item = TypeVar("Item")

PAGE_SIZE = 50

SHOWN_ATTRIBUTES = ("eventType", "source", "version", "correlationId", "severity")
"""Attributes of the contract, stored readable. Others may be personal and are encrypted."""

SYSTEM = "system"
"""The actor of dead-lettering and automatic replay."""

MAX_HISTORY_ENTRIES = 500
"""Entries that a history keeps, the newest: a document holds 1 MiB."""


class MessageStatus(StrEnum):
    """The state of a failed message."""

    OPEN = "OPEN"
    REPLAYING = "REPLAYING"
    RESOLVED = "RESOLVED"
    DISCARDED = "DISCARDED"


UNFINISHED = (MessageStatus.OPEN, MessageStatus.REPLAYING)


class AuditEntry(Value):
    """One event in the life of a failed message; `detail` holds no payload."""

    at: datetime
    by: str
    action: str
    """failed, dead_lettered_again, replaying, resolved, failed_again, discarded, unmasked, edited,
    still_deferred, retries_ended, interrupted, reopened."""
    detail: str = ""
    edit: str = ""
    """The id of the edit that was saved or replayed."""
    operation: str = ""
    """The id of the bulk operation that acted."""


class ReplayAttempt(Value):
    """A replay in progress; `token` distinguishes it from a later one that took over."""

    token: str
    by: str
    at: datetime
    edit: str | None = None
    """The id of the edit that is sent instead of the original data."""
    operation: str = ""
    """The id of the bulk operation that replays it."""


class FailedMessage(Value):
    """A dead letter under review, without its payload; `id` is its fingerprint."""

    id: str
    topic: str = field(name="originalTopic")
    subscription: str = field(name="originalSubscription")
    publish_time: datetime
    attributes: Mapping[str, str]
    payload_bytes: int
    order_id: str | None
    critical: bool
    delivery_attempts: int
    received_at: datetime
    failure_reason: FailureReason
    last_failed_at: datetime
    reason_at: datetime | None = None
    """When the failure reason arose: the publish time of its dead letter, or the end of its replay. None in a
    message that an earlier release stored."""
    status: MessageStatus = MessageStatus.OPEN
    dead_letter_count: int = field(default=1, name="deadLettered")
    dead_letter_ids: tuple[str, ...] = field(default=(), name="deadLetters")
    """Message ids of the newest dead letters."""
    replays: int = 0
    attempt: ReplayAttempt | None = None
    outcome: str | None = None
    """The outcome of the successful replay: processed, duplicate, stale or ignored."""
    closed_at: datetime | None = None
    automatic_replays: int = field(default=0, name="retries")
    """Automatic replays so far, those included that the dry run stopped."""
    next_replay_at: datetime | None = field(default=None, name="retryAt")
    """When the next automatic replay is due; None where none follows."""
    deferred_at: datetime | None = None
    """When it was first deferred; None also in a message that an earlier release stored."""
    message_id: str | None = None
    """The id of the message itself; None where its function never answered."""
    notice_due: bool = False
    """The producer has yet to learn that the message was closed."""
    edited_from: str | None = None
    """The id of the failed message that was edited into this one."""
    history: tuple[AuditEntry, ...] = ()
    amount: str | None = None
    """The amount in the payload, as the producer wrote it; None where it names none."""
    currency: str | None = None
    search_keys: tuple[str, ...] = ()
    customer_keys: tuple[bytes, ...] = field(default=(), name=CUSTOMER_KEYS)
    """The encrypted ids of the known customers the message is about: it waits for their earlier messages."""

    stored_group_id: str | None = field(default=None, name="groupId")
    """The failure group that the message was stored in; None where it has a new failure reason."""

    @property
    def waiting_since(self) -> datetime | None:
        """Return when the message began to wait for another one; None where it does not."""
        deferred = self.failure_reason.error_type == ErrorType.DEFERRED
        return self.deferred_at or (self.received_at if deferred else None)

    @property
    def group_id(self) -> str:
        """Return the id of the failure group."""
        derived = group_identity(self.subscription, self.failure_reason, self.attributes)
        return self.stored_group_id or derived.id

    def with_entry(self, entry: AuditEntry) -> "FailedMessage":
        """Append an entry to the history."""
        return replace(self, history=(*self.history, entry)[-MAX_HISTORY_ENTRIES:])


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Selects failed messages; every field that is set must match."""

    status: MessageStatus | None = None
    group_id: str | None = None
    subscription: str | None = None
    order_id: str | None = None
    source: str | None = None
    version: str | None = None
    since: datetime | None = None
    """The latest failure is at this time or after it."""
    until: datetime | None = None
    """The latest failure is before this time."""


class Sort(StrEnum):
    """The order of a list, by the latest failure."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Part of a list; `next` is the cursor of the following page, None on the last one."""

    items: tuple[Item, ...]
    next: str | None = None
