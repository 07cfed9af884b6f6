"""Failure groups and subscriptions in API responses."""

from datetime import datetime

from pydantic import Field

from api.views import View
from shared.failed_messages.model import MessageStatus


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
