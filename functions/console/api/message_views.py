"""Failed messages in API responses."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from pydantic import Field

from api.views import View
from shared.errors import Outcome
from shared.failed_messages.model import MessageStatus
from shared.failed_messages.service import ReplayCheck


class FailureReasonView(View):
    """Why a message failed."""

    error_type: str
    slug: str = Field(alias="reason")
    detail: str


class AuditEntryView(View):
    """One event in the life of a failed message."""

    at: datetime
    by: str
    action: str
    detail: str
    edit: str
    operation: str


class ReplayAttemptView(View):
    """A replay in progress."""

    by: str
    at: datetime
    edit: str | None


class FailedMessageView(View):
    """A failed message without its payload; the history is empty in a list."""

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
    failure_reason: FailureReasonView = Field(alias="cause")
    last_failed_at: datetime
    status: MessageStatus
    dead_letter_count: int = Field(alias="deadLettered")
    replays: int
    attempt: ReplayAttemptView | None
    outcome: str | None
    closed_at: datetime | None
    automatic_replays: int = Field(alias="retries")
    next_replay_at: datetime | None = Field(alias="retryAt")
    edited_from: str | None
    history: list[AuditEntryView]


class PayloadView(View):
    """A message's data and headers; `text` is null where masked data is not JSON."""

    text: str | None
    is_json: bool
    attributes: Mapping[str, str]
    ordering_key: str
    masked: bool
    problem: str
    """Where and why the payload is not valid JSON; empty where it is."""


class LaterEventView(View):
    """A later event of the order, already applied."""

    at: datetime
    event: str
    ref: str


class DryRunView(View):
    """The dry run of a replay; `refusal` is the slug of what forbids it, `passes` sums both up."""

    outcome: Outcome
    reason: str
    detail: str
    later_events: list[LaterEventView]
    processed_at: datetime | None
    refusal: str | None
    refusal_detail: str
    passes: bool

    @classmethod
    def of_check(cls, check: ReplayCheck) -> Self:
        """Convert a dry run and its refusal."""
        dry_run, refusal = check.dry_run, check.refusal
        return cls(
            outcome=dry_run.outcome,
            reason=dry_run.reason,
            detail=dry_run.detail,
            later_events=[LaterEventView.of(each) for each in dry_run.later_events],
            processed_at=dry_run.processed_at,
            refusal=refusal.slug if refusal else None,
            refusal_detail=str(refusal) if refusal else "",
            passes=check.passes,
        )


class EditView(View):
    """An edit; `difference` is a unified diff with personal values masked."""

    id: str
    by: str
    at: datetime
    difference: str
