"""One effect per message: claims, fingerprints and derived ids.

A claim is the record that a business key was processed. The commit that writes the state creates the
claim too, so there is no in-progress state, no lease and nothing to clean up:

    first delivery       commit{create claim, change order} -> publish events -> 204
    duplicate            commit refused, claim read: same fingerprint -> publish if unpublished -> 204
    crash before commit  no claim: the next delivery is the first
    crash after commit   claim not marked as published: the next delivery publishes, nothing changes
    answer lost          the same as a crash after commit
    other content        claim read: other fingerprint -> Conflict
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain

from shared.contracts.dead_letter import ADDED_BY_PUBSUB, FailureReason
from shared.contracts.outgoing import OutgoingMessage
from shared.digest import digest
from shared.domain.decision import Entity, State
from shared.domain.refs import Ref

CLAIM_RETENTION = timedelta(days=90)
"""Longer than a message can come back: retention at the source and as a dead letter, and review."""

FAILURE_RETENTION = timedelta(days=60)
"""Longer than a dead letter can wait for the function that reads its failure."""


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
    copy_key: str = ""
    """The key under which the last release looks for the claim, where that is another one."""

    def claims_to_commit(self) -> "tuple[Claim, ...]":
        """Return this claim, and its copy for the last release where it has one.

        While both releases serve, one of them may commit events and not publish them, and the other one may
        get the redelivery.
        """
        if not self.copy_key:
            return (self,)
        return replace(self, copy_key=""), replace(self, key=self.copy_key, copy_key="")

    @property
    def id(self) -> str:
        """Return the id of the claim's document."""
        return claim_id(self.scope, self.key)

    @property
    def expire_at(self) -> datetime:
        """Return the time after which Firestore may delete the claim."""
        return self.processed_at + CLAIM_RETENTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The result of one read: the claim, the state, and the version of each entity that exists."""

    claim: Claim | None
    state: State
    versions: Mapping[Ref, object]

    def with_more(self, other: "Snapshot") -> "Snapshot":
        """Add what a further read found; its claim is the newer answer."""
        return Snapshot(
            claim=other.claim,
            state={**self.state, **other.state},
            versions={**self.versions, **other.versions},
        )


EMPTY_SNAPSHOT = Snapshot(claim=None, state={}, versions={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entity to write over the version that was read; one without a version must be new."""

    entity: Entity
    version: object | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailure:
    """The failure of one delivery, stored for the function that reads dead letters."""

    fingerprint: str
    failure_reason: FailureReason
    attempts: int
    at: datetime
    message_id: str | None = None
    """None in a failure that an earlier release recorded."""


@lru_cache(maxsize=256)  # every step of a message derives it
def claim_id(scope: str, key: str) -> str:
    """Derive the id of a claim from its scope (a stable string) and business key."""
    return digest("claim", scope, key)


def event_id(claim: str, event_type: str, position: int) -> str:
    """Derive the id of an outgoing event from its claim, so that a repeated event has the same id."""
    return digest("event", claim, event_type, str(position))


def delivery_fingerprint(
    subscription: str, publish_time: datetime, data: bytes, attributes: Mapping[str, str]
) -> str:
    """Derive the id that a message and its dead letter share.

    A dead letter has a new message id. It keeps the subscription, the data, the producer's attributes and the
    original publish time, in milliseconds. Pub/Sub does not document that it keeps the ordering key.
    """
    milliseconds = round(publish_time.timestamp() * 1000)
    sent = sorted((name, value) for name, value in attributes.items() if name not in ADDED_BY_PUBSUB)
    return digest("delivery", subscription, str(milliseconds), data, *chain.from_iterable(sent))


def legacy_fingerprint(subscription: str, publish_time: datetime, data: bytes) -> str:
    """Derive the id of a message as earlier releases did, without its attributes."""
    return delivery_fingerprint(subscription, publish_time, data, {})
