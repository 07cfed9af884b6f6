"""What the API answers with: the review's records in camelCase."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.errors import Outcome
from shared.failed_messages.bulk_operation import RunAction, RunStatus
from shared.failed_messages.model import CaseStatus
from shared.failed_messages.paging import Page
from shared.failed_messages.replay import Preflight


class View(BaseModel):
    """A record as JSON; read from the record's attributes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        from_attributes=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True
    )

    @classmethod
    def of(cls, record: Any) -> Self:
        """Show a record."""
        return cls.model_validate(record)


V = TypeVar("V", bound=View)


class PageView(View, Generic[V]):
    """A part of a list; `next` is the cursor of the following part, null at the end."""

    items: list[V]
    next: str | None


def page_view(view: type[V], page: Page[Any]) -> PageView[V]:
    """Show a page of records."""
    return PageView[V](items=[view.of(each) for each in page.items], next=page.next)


class FailureReasonView(View):
    """Why a message failed."""

    error_type: str
    reason: str = Field(validation_alias="slug")
    detail: str


class EntryView(View):
    """One thing that happened to a case."""

    at: datetime
    by: str
    action: str
    detail: str


class AttemptView(View):
    """A replay that is under way."""

    by: str
    at: datetime
    edit: str | None


class CaseView(View):
    """A failed message without its payload; a list's have no history."""

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
    cause: FailureReasonView = Field(validation_alias="failure_reason")
    last_failed_at: datetime
    status: CaseStatus
    dead_lettered: int
    replays: int
    attempt: AttemptView | None
    outcome: str | None
    closed_at: datetime | None
    retries: int
    retry_at: datetime | None
    edited_from: str | None
    history: list[EntryView]


class PayloadView(View):
    """A message's data and headers; `text` is null where masked data is no JSON."""

    text: str | None
    is_json: bool
    attributes: Mapping[str, str]
    ordering_key: str
    masked: bool


class LaterEventView(View):
    """Something that happened to the order after the message did."""

    at: datetime
    event: str
    ref: str


class PreflightView(View):
    """What a replay would come to now; `refusal` is the slug of what forbids it, `passes` sums it up."""

    outcome: Outcome
    reason: str
    detail: str
    later_events: list[LaterEventView]
    processed_at: datetime | None
    refusal: str | None
    refusal_detail: str
    passes: bool

    @classmethod
    def told(cls, preflight: Preflight) -> Self:
        """Show a pre-flight."""
        forecast, refusal = preflight.forecast, preflight.refusal
        return cls(
            outcome=forecast.outcome,
            reason=forecast.reason,
            detail=forecast.detail,
            later_events=[LaterEventView.of(each) for each in forecast.later_events],
            processed_at=forecast.processed_at,
            refusal=refusal.slug if refusal else None,
            refusal_detail=str(refusal) if refusal else "",
            passes=preflight.passes,
        )


class EditView(View):
    """An edit; `difference` is a unified diff with personal values masked."""

    id: str
    by: str
    at: datetime
    difference: str


class FailureGroupView(View):
    """A cause of failures."""

    id: str
    subscription: str
    topic: str
    error_type: str
    reason: str
    critical: bool
    first_seen_at: datetime
    last_seen_at: datetime


class GroupView(View):
    """A cause and how many of its messages are open; not `exact` where counting took too long."""

    group: FailureGroupView
    open: int
    exact: bool


class SubscriptionView(View):
    """How many failed messages of a subscription are in each state."""

    subscription: str
    function: str
    counts: dict[CaseStatus, int]
    exact: bool


class StopView(View):
    """The message a run stopped at, and why."""

    case: str
    reason: str
    detail: str


class RunView(View):
    """A run through many messages, and how far it came."""

    id: str
    action: RunAction
    group_id: str | None
    reason: str
    total: int
    rate: int
    started_at: datetime
    started_by: str
    status: RunStatus
    done: int
    skipped: int
    outcomes: Mapping[str, int]
    stop: StopView | None
    heartbeat_at: datetime
    ended_at: datetime | None
    cancelled_by: str | None


class RetryView(View):
    """What one look at deferred messages came to."""

    looked_at: int
    resolved: int
