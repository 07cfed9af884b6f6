"""Failure groups, subscriptions, orders and access denials; the schedule's request to check deadlines."""

from datetime import datetime

from fastapi import APIRouter

from api.group_views import GroupView, HeadlineView, ImpactView, PeriodChangeView, SubscriptionView
from api.order_views import OrderReviewView
from api.views import PageView, View, page_view
from web.dependencies import DEFAULT_LIMIT, Cursor, Id, Limit, Services
from web.handover import HandoverFields, hand_over_group
from web.identity import CurrentUser
from web.roles import Role, require_role

router = APIRouter(tags=["overview"])
viewer = require_role(Role.VIEWER)


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


@router.get("/groups", dependencies=[viewer])
async def list_groups(
    services: Services, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> PageView[GroupView]:
    """List failure groups with open messages, critical ones first."""
    return page_view(GroupView, await services.overview.groups(cursor, limit))


@router.get("/groups/{group_id}", dependencies=[viewer])
async def show_group(group_id: Id, services: Services) -> GroupView:
    """Show one failure group."""
    return GroupView.of(await services.overview.group(group_id))


@router.post("/groups/{group_id}/handover", dependencies=[require_role(Role.OPERATOR, "handover")])
async def hand_over(group_id: Id, services: Services, user: CurrentUser, body: HandoverFields) -> GroupView:
    """Store who works on the group: owner, note, ticket and mute."""
    await hand_over_group(services, group_id, body, user)
    return GroupView.of(await services.overview.group(group_id))


@router.get("/groups/{group_id}/trend", dependencies=[viewer])
async def show_trend(group_id: Id, services: Services) -> list[int]:
    """Count the group's failures per two hours of the last day, oldest first."""
    return list(await services.overview.trend(group_id))


@router.get("/groups/{group_id}/impact", dependencies=[viewer])
async def show_impact(group_id: Id, services: Services) -> ImpactView:
    """Sum up the orders, amounts and producers of the group's open messages."""
    return ImpactView.of(await services.overview.impact(group_id))


@router.get("/groups/{group_id}/movements", dependencies=[viewer])
async def show_period_changes(group_id: Id, services: Services) -> list[PeriodChangeView]:
    """Count the group's messages that failed and were closed within the last periods."""
    return [PeriodChangeView.of(each) for each in await services.overview.period_changes(group_id)]


@router.get("/headline", dependencies=[viewer])
async def show_headline(services: Services) -> HeadlineView:
    """Count all open messages, and those that failed and were closed within the last periods."""
    return HeadlineView.of(await services.overview.headline())


@router.get("/subscriptions", dependencies=[viewer])
async def list_subscriptions(services: Services) -> list[SubscriptionView]:
    """Count each subscription's failed messages by status."""
    return [SubscriptionView.of(each) for each in await services.overview.subscriptions()]


@router.get("/orders/{order_id:path}", dependencies=[viewer])
async def show_order(order_id: str, services: Services) -> OrderReviewView:
    """Show an order with its timeline: its own history, and the failed messages about it."""
    return OrderReviewView.of(await services.orders.find(order_id))


@router.post(
    "/check-deadlines", dependencies=[require_role(Role.OPERATOR, "check-deadlines", scheduled=True)]
)
async def check_deadlines(services: Services) -> DeadlineSweepView:
    """Check the orders with a missed deadline; the schedule calls this."""
    return DeadlineSweepView.of(await services.deadlines.run())


@router.get("/denied", dependencies=[require_role(Role.APPROVER, "denied")])
async def list_denied(services: Services, cursor: Cursor = None) -> PageView[AccessDenialView]:
    """List attempts that a role did not allow, the latest first."""
    return page_view(AccessDenialView, await services.denials.page(cursor))
