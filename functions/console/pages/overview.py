"""The first page: open failures by cause, subscriptions, traffic."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.params import Cursor, Id, ReviewDep
from pages.rendering import show
from pages.sparkline import bars

GROUPS = 20
"""Causes on a page."""

router = APIRouter()


@router.get("/")
async def overview(request: Request, review: ReviewDep, cursor: Cursor = None) -> Response:
    """Show causes with open failures, critical ones first."""
    page = await review.overview.groups(cursor, GROUPS)
    return show(request, "overview.html", page=page, first=cursor is None)


@router.get("/groups/{group_id}/trend")
async def trend(request: Request, group_id: Id, review: ReviewDep) -> Response:
    """Draw a cause's last day."""
    values = await review.overview.trend(group_id)
    return show(request, "trend.html", values=values, bars=bars(values))


@router.get("/subscriptions")
async def subscriptions(request: Request, review: ReviewDep) -> Response:
    """Count failed messages by subscription and status."""
    counted = await review.overview.subscriptions()
    return show(request, "subscriptions.html", subscriptions=counted, lags={})
