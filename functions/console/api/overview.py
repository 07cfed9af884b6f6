"""Failures by cause and subscription, orders, and what a scheduler calls."""

from fastapi import APIRouter

from api.order_views import OrderReviewView
from api.params import DEFAULT_LIMIT, Cursor, Id, Limit, ReviewDep, Who
from api.views import GroupView, PageView, RetryView, SubscriptionView, page_view

router = APIRouter(tags=["overview"])


@router.get("/groups")
async def list_groups(
    review: ReviewDep, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> PageView[GroupView]:
    """List causes with open failures, critical ones first."""
    return page_view(GroupView, await review.overview.groups(cursor, limit))


@router.get("/groups/{group_id}")
async def show_group(group_id: Id, review: ReviewDep) -> GroupView:
    """Tell of one cause."""
    return GroupView.of(await review.overview.group(group_id))


@router.get("/groups/{group_id}/trend")
async def show_trend(group_id: Id, review: ReviewDep) -> list[int]:
    """Count the group's failures in each two hours of the last day, oldest first."""
    return list(await review.overview.trend(group_id))


@router.get("/subscriptions")
async def list_subscriptions(review: ReviewDep) -> list[SubscriptionView]:
    """Count each subscription's failed messages by status."""
    return [SubscriptionView.of(each) for each in await review.overview.subscriptions()]


@router.get("/orders/{order_id:path}")
async def show_order(order_id: str, review: ReviewDep) -> OrderReviewView:
    """Show an order, and every message that touched it or failed to."""
    return OrderReviewView.of(await review.orders.find(order_id))


@router.post("/retry-deferred")
async def retry_deferred(review: ReviewDep, by: Who) -> RetryView:  # noqa: ARG001 - asked for: only who is known may
    """Replay messages that came too early, where what they waited for is there; a scheduler calls this."""
    return RetryView.of(await review.deferred.retry_due())
