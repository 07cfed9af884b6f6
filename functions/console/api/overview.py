"""Failure groups and subscriptions, with their counts."""

from fastapi import APIRouter

from api.group_views import GroupView, HeadlineView, ImpactView, PeriodChangeView, SubscriptionView
from api.views import PageView, page_view
from web.dependencies import DEFAULT_LIMIT, Cursor, Id, Limit, Services
from web.handover import HandoverFields, hand_over_group
from web.identity import CurrentUser
from web.roles import Role, require_role

router = APIRouter(tags=["overview"])
viewer = require_role(Role.VIEWER)


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
