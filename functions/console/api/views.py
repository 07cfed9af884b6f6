"""Response bodies of the API: records in camelCase, some fields under older names."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.errors import Outcome
from shared.failed_messages.automatic_replay import AutomaticReplayStatus
from shared.failed_messages.bulk_operation import BulkAction, BulkStatus
from shared.failed_messages.model import MessageStatus, Page
from shared.failed_messages.service import ReplayCheck


class View(BaseModel):
    """A record as JSON, read from the record's attributes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        from_attributes=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True
    )

    @classmethod
    def of(cls, record: Any) -> Self:
        """Convert a record."""
        return cls.model_validate(record)


V = TypeVar("V", bound=View)


class PageView(View, Generic[V]):
    """Part of a list; `next` is the cursor of the following page, null on the last one."""

    items: list[V]
    next: str | None


def page_view(view: type[V], page: Page[Any]) -> PageView[V]:
    """Convert a page of records."""
    return PageView[V](items=[view.of(each) for each in page.items], next=page.next)


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


class FailureGroupView(View):
    """Failed messages of one subscription and reason."""

    id: str
    subscription: str
    topic: str
    error_type: str
    slug: str = Field(alias="reason")
    critical: bool
    first_seen_at: datetime
    last_seen_at: datetime


class GroupView(View):
    """A failure group and its number of open messages; not `exact` where the count timed out."""

    group: FailureGroupView
    open: int
    exact: bool


class SubscriptionView(View):
    """The number of a subscription's failed messages by status."""

    subscription: str
    function: str
    counts: dict[MessageStatus, int]
    exact: bool


class StopView(View):
    """The message that stopped a bulk operation, and the reason."""

    message_id: str = Field(alias="case")
    reason: str
    detail: str


class BulkOperationView(View):
    """A bulk operation and its progress."""

    id: str
    action: BulkAction
    group_id: str | None
    reason: str
    total: int
    rate: int
    started_at: datetime
    started_by: str
    status: BulkStatus
    done: int
    skipped: int
    outcomes: Mapping[str, int]
    stop: StopView | None
    heartbeat_at: datetime
    ended_at: datetime | None
    cancelled_by: str | None


class AutomaticReplayStatusView(View):
    """Whether a subscription's messages are replayed automatically, and who paused that."""

    subscription: str
    enabled: bool
    paused_by: str | None
    paused_at: datetime | None

    @classmethod
    def of_status(cls, subscription: str, status: AutomaticReplayStatus) -> Self:
        """Convert the status of one subscription."""
        pause = status.pause
        return cls(
            subscription=subscription,
            enabled=status.enabled,
            paused_by=pause.paused_by if pause else None,
            paused_at=pause.paused_at if pause else None,
        )


class AutomaticReplayView(View):
    """The number of messages that one scheduled request checked and resolved."""

    looked_at: int
    resolved: int


class DeadlineSweepView(View):
    """How many orders one scheduled request checked and changed, and how many checks failed."""

    checked: int
    changed: int
    failed: int


class AccessDenialView(View):
    """All of one actor's attempts at one action within an hour; `targets` are the first twenty."""

    by: str
    role: str
    action: str
    targets: list[str]
    count: int
    first_at: datetime
    last_at: datetime
