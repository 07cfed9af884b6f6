"""One effect per cause: claims, fingerprints and derived ids.

A claim is the record that a business key was processed. It is created in the same commit as the
state it protects, so there is no in-progress state, no lease and nothing to clean up:

    first delivery       commit{create claim, change order} -> publish events -> 204
    duplicate            commit refused, claim read: same fingerprint -> publish if unsent -> 204
    crash before commit  no claim: the next delivery is the first
    crash after commit   claim without its sent mark: the next delivery publishes, nothing changes
    answer lost          the same as a crash after commit
    other content        claim read: other fingerprint -> Conflict
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from shared.contracts.dead_letter import FailureReason
from shared.contracts.outgoing import OutgoingMessage
from shared.digest import digest
from shared.domain.decision import Entity, State
from shared.domain.refs import Ref

CLAIM_RETENTION = timedelta(days=90)
"""Longer than every way a message can come back: source retention, dead-letter retention, review."""

FAILURE_RETENTION = timedelta(days=60)
"""Longer than a dead letter can wait for the function that asks why it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The record that `key` was processed within `scope`."""

    scope: str
    key: str
    fingerprint: str
    message_id: str
    outbox: tuple[OutgoingMessage, ...] = field(repr=False)
    """The events of the decision, kept until they are published."""
    processed_at: datetime
    published_at: datetime | None = None

    @property
    def id(self) -> str:
        """Name the claim's document."""
        return claim_id(self.scope, self.key)

    @property
    def expire_at(self) -> datetime:
        """Say when the claim may be forgotten."""
        return self.processed_at + CLAIM_RETENTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What one read found: the claim, the state, and a version per thing read that exists."""

    claim: Claim | None
    state: State
    versions: Mapping[Ref, object]


EMPTY_SNAPSHOT = Snapshot(claim=None, state={}, versions={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entity to write: over exactly the version that was read, or as new where there is none."""

    entity: Entity
    version: object | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailure:
    """Why one delivery failed, kept for the function that reads dead letters."""

    fingerprint: str
    failure_reason: FailureReason
    attempts: int
    at: datetime


@lru_cache(maxsize=256)  # a message asks for it at every step
def claim_id(scope: str, key: str) -> str:
    """Derive the id of a claim from its scope (a stable string) and business key."""
    return digest("claim", scope, key)


def event_id(claim: str, event_type: str, position: int) -> str:
    """Derive the id of an outgoing event from its cause, so that a repetition carries the same."""
    return digest("event", claim, event_type, str(position))


def delivery_fingerprint(subscription: str, publish_time: datetime, data: bytes) -> str:
    """Derive what a message and its dead letter have in common.

    A dead letter has a new message id; the subscription that gave up, the original publish time
    (milliseconds survive the journey) and the data are what stays.
    """
    milliseconds = round(publish_time.timestamp() * 1000)
    return digest("delivery", subscription, str(milliseconds), data)


def failure_group_id(subscription: str, failure_reason: FailureReason) -> str:
    """Derive what failures of the same cause have in common; details differ from message to message."""
    return digest("failure", subscription, failure_reason.error_type, failure_reason.slug)
