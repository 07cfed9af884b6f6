"""Failure groups and subscriptions in API responses."""

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from api.views import View
from shared.failed_messages.model import MessageStatus


class FailureGroupView(View):
    """Failed messages with one fault; `rule`, `source` and `version` are empty in older groups."""

    id: str
    subscription: str
    topic: str
    error_type: str
    slug: str = Field(alias="reason")
    rule: str
    source: str
    version: str
    critical: bool
    first_seen_at: datetime
    last_seen_at: datetime
    owner: str
    note: str
    ticket: str
    muted_until: datetime | None


class GroupView(View):
    """A failure group and its number of open messages; not `exact` where the count timed out."""

    group: FailureGroupView
    open: int
    exact: bool


class PeriodChangeView(View):
    """What changed within the last period; `change` is how many more messages are open."""

    period: str
    failed: int
    closed: int
    change: int
    exact: bool


class HeadlineView(View):
    """All open messages, and whether it gets better or worse."""

    open: int
    exact: bool
    period_changes: list[PeriodChangeView] = Field(alias="movements")


class ImpactView(View):
    """What a group's open messages affect; not `complete` where the group has more than were read."""

    orders: int
    amounts: dict[str, Decimal]
    producers: dict[str, int]
    complete: bool


class SubscriptionView(View):
    """The number of a subscription's failed messages by status."""

    subscription: str
    function: str
    counts: dict[MessageStatus, int]
    exact: bool
