"""The first page: open failures by cause, subscriptions, traffic."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.params import Cursor, Id, ReviewDep
from pages.charts import Chart, chart
from pages.rendering import show
from pages.sparkline import bars
from pages.traffic import Traffic, TrafficNow

router = APIRouter()


@router.get("/")
async def overview(request: Request, review: ReviewDep, cursor: Cursor = None) -> Response:
    """Show causes with open failures, critical ones first."""
    page = await review.overview.groups(cursor)
    collected = request.app.state.traffic.url is not None
    return show(request, "overview.html", page=page, first=cursor is None, traffic=collected)


@router.get("/groups/{group_id}/trend")
async def trend(request: Request, group_id: Id, review: ReviewDep) -> Response:
    """Draw a cause's last day."""
    values = await review.overview.trend(group_id)
    return show(request, "trend.html", values=values, bars=bars(values))


@router.get("/subscriptions")
async def subscriptions(request: Request, review: ReviewDep, traffic: TrafficNow) -> Response:
    """Count failed messages by subscription and status, beside what waits and what was delivered."""
    counted = await review.overview.subscriptions()
    return show(request, "subscriptions.html", subscriptions=counted, traffic=traffic)


@router.get("/traffic")
async def traffic_charts(request: Request, traffic: TrafficNow) -> Response:
    """Draw deliveries by outcome, how long they took, and what waits."""
    return show(request, "traffic.html", charts=_charts(traffic) if traffic else ())


def _charts(traffic: Traffic) -> tuple[Chart, ...]:
    return (
        chart("Deliveries", "per second, by outcome", traffic.throughput),
        chart("Handling time", "milliseconds, quantiles", traffic.latency_ms),
        chart("Backlog", "messages that wait, by subscription", traffic.lag),
    )
