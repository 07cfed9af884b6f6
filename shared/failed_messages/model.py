"""A failed message as a case under review: where it stands, and everything that was done about it.

    OPEN -> REPLAYING -> RESOLVED     its processing succeeded
                      -> OPEN         it failed again
    OPEN -> DISCARDED                 somebody decided that it is not needed
    RESOLVED -> OPEN                  it was dead-lettered once more, after it had been resolved

Nothing here is personal: the payload is kept apart.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from shared.contracts.dead_letter import FailureReason
from shared.domain.value import Value
from shared.failed_messages.stored_dead_letter import FailedMessage

SHOWN_ATTRIBUTES = ("eventType", "source", "version", "correlationId", "severity")
"""Attributes of the contract, kept readable; any other may be personal and is sealed with the payload."""

SYSTEM = "system"
"""Who acts where nobody does: dead-lettering, second-level retries."""

DEFERRED = "deferred"
"""The error type of messages that were too early, and are retried by themselves."""

HISTORY_LIMIT = 500
"""Entries a case keeps: the newest, since a document holds 1 MiB."""

DEAD_LETTERS_LIMIT = 20
"""Ids of dead letters a case remembers, to recognise the redelivery of one."""


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "OPEN"
    REPLAYING = "REPLAYING"
    RESOLVED = "RESOLVED"
    DISCARDED = "DISCARDED"


class Entry(Value):
    """One thing that happened to a case; `detail` holds no payload."""

    at: datetime
    by: str
    action: str
    """failed, dead_lettered_again, replaying, resolved, failed_again, discarded, unmasked, edited,
    still_deferred, retries_ended, interrupted."""
    detail: str = ""


class Attempt(Value):
    """A replay that is under way; its token tells it from one that took over."""

    token: str
    by: str
    at: datetime
    edit: str | None = None
    """The id of the edit that is sent instead of the original data."""


class Case(Value):
    """What a reviewer sees of a failed message, without its payload; `id` is its fingerprint."""

    id: str
    topic: str
    subscription: str
    publish_time: datetime
    attributes: Mapping[str, str]
    payload_bytes: int
    order_id: str | None
    critical: bool
    delivery_attempts: int
    received_at: datetime
    failure_reason: FailureReason
    last_failed_at: datetime
    status: CaseStatus = CaseStatus.OPEN
    dead_lettered: int = 1
    """How often the message was given up."""
    dead_letters: tuple[str, ...] = ()
    """The newest dead letters' message ids."""
    replays: int = 0
    attempt: Attempt | None = None
    outcome: str | None = None
    """What a successful replay came to: processed, duplicate, stale or ignored."""
    closed_at: datetime | None = None
    retries: int = 0
    """Second-level retries so far."""
    retry_at: datetime | None = None
    """When the next second-level retry is due; None where there will be none."""
    edited_from: str | None = None
    """The case whose message was edited into this one."""
    history: tuple[Entry, ...] = ()

    def noted(self, entry: Entry) -> "Case":
        """Add an entry to the history."""
        return replace(self, history=(*self.history, entry)[-HISTORY_LIMIT:])


def open_case(failed: FailedMessage) -> Case:
    """Open the case of a message that failed for the first time."""
    letter, at = failed.letter, failed.received_at
    shown = {name: letter.attributes[name] for name in SHOWN_ATTRIBUTES if name in letter.attributes}
    return Case(
        id=failed.fingerprint,
        topic=letter.topic,
        subscription=letter.subscription,
        publish_time=letter.publish_time,
        attributes=shown,
        payload_bytes=len(letter.data),
        order_id=failed.order_id,
        critical=failed.critical,
        delivery_attempts=failed.attempts,
        received_at=at,
        failure_reason=failed.failure_reason,
        last_failed_at=at,
        dead_letters=(failed.dead_letter_id,),
        retry_at=at if failed.failure_reason.error_type == DEFERRED else None,
        edited_from=letter.attributes.get("editedFrom"),
        history=(Entry(at=at, by=SYSTEM, action="failed", detail=failed.failure_reason.slug),),
    )


def dead_lettered_again(case: Case, failed: FailedMessage) -> Case | None:
    """Count a message that was given up before; return None for a redelivery of the same dead letter.

    A resolved case opens again only where the message was given up after it had been resolved:
    Pub/Sub may deliver an old dead letter late, under another id. A discarded case stays so, and a
    replay under way ends by its own answer.
    """
    if failed.dead_letter_id in case.dead_letters:
        return None
    counted = replace(
        case,
        dead_lettered=case.dead_lettered + 1,
        dead_letters=(*case.dead_letters, failed.dead_letter_id)[-DEAD_LETTERS_LIMIT:],
        critical=case.critical or failed.critical,
    ).noted(_again(failed))
    return reopened(counted, failed.failure_reason, failed.received_at) if _reopens(case, failed) else counted


def reopened(case: Case, failure_reason: FailureReason, at: datetime) -> Case:
    """Open a case anew, with the cause it failed by this time."""
    return replace(
        case,
        status=CaseStatus.OPEN,
        failure_reason=failure_reason,
        last_failed_at=at,
        attempt=None,
        outcome=None,
        closed_at=None,
    )


def _reopens(case: Case, failed: FailedMessage) -> bool:
    if case.status is CaseStatus.RESOLVED and case.closed_at is not None:
        return failed.given_up_at > case.closed_at
    return case.status is CaseStatus.OPEN


def _again(failed: FailedMessage) -> Entry:
    return Entry(
        at=failed.received_at, by=SYSTEM, action="dead_lettered_again", detail=failed.failure_reason.slug
    )
