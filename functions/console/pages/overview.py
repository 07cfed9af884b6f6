"""The first page, orders, and access denials."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from pages.charts import Chart, bar_chart, line_chart
from pages.rendering import show
from pages.traffic import CurrentTraffic, Traffic
from shared.failed_messages.errors import NotFound
from web.dependencies import Cursor, Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

MAX_LINES = 200
"""Lines of an order on a page."""

router = APIRouter()
forms = APIRouter()
viewer = require_role(Role.VIEWER)


@router.get("/", dependencies=[viewer])
async def overview(request: Request, services: Services, cursor: Cursor = None) -> Response:
    """Show failure groups with open messages, critical ones first."""
    page = await services.overview.groups(cursor)
    collected = request.app.state.traffic.url is not None
    return show(request, "overview.html", page=page, first=cursor is None, traffic=collected)


@router.get("/groups/{group_id}/trend", dependencies=[viewer])
async def trend(request: Request, group_id: Id, services: Services) -> Response:
    """Draw the last day of a failure group."""
    values = await services.overview.trend(group_id)
    return show(request, "trend.html", values=values, bars=bar_chart(values))


@router.get("/subscriptions", dependencies=[viewer])
async def subscriptions(request: Request, services: Services, traffic: CurrentTraffic) -> Response:
    """Count failed messages by subscription and status, beside backlog and deliveries."""
    return show(
        request,
        "subscriptions.html",
        subscriptions=await services.overview.subscriptions(),
        automatic=await services.automatic_replay.status(),
        traffic=traffic,
    )


@router.get("/traffic", dependencies=[viewer])
async def traffic_charts(request: Request, traffic: CurrentTraffic) -> Response:
    """Draw deliveries by outcome, handling times, and the backlog."""
    return show(request, "traffic.html", charts=_charts(traffic) if traffic else ())


@router.get("/orders", dependencies=[viewer])
async def order(
    request: Request, services: Services, order_id: Annotated[str, Query(alias="id", max_length=128)]
) -> Response:
    """Show an order by its id."""
    order_id = order_id.strip()
    try:
        found = await services.orders.find(order_id)
    except NotFound:
        return show(request, "order_search.html", 404, order_id=order_id)
    return show(request, "order.html", found=found, shown_lines=MAX_LINES)


@router.get("/denied", dependencies=[require_role(Role.APPROVER, "denied")])
async def denied(request: Request, services: Services, cursor: Cursor = None) -> Response:
    """List attempts that a role did not allow, the latest first."""
    return show(request, "denied.html", page=await services.denials.page(cursor), first=cursor is None)


@forms.post("/subscriptions/{subscription}/pause", dependencies=[require_role(Role.OPERATOR, "pause")])
async def pause(subscription: str, services: Services, user: CurrentUser) -> Response:
    """Stop automatic replay of a subscription."""
    await services.automatic_replay.pause(subscription, by=user)
    return RedirectResponse("/#subscriptions", status_code=303)


@forms.post("/subscriptions/{subscription}/resume", dependencies=[require_role(Role.OPERATOR, "resume")])
async def resume(subscription: str, services: Services, user: CurrentUser) -> Response:
    """Continue automatic replay of a subscription."""
    await services.automatic_replay.resume(subscription, by=user)
    return RedirectResponse("/#subscriptions", status_code=303)


def _charts(traffic: Traffic) -> tuple[Chart, ...]:
    return (
        line_chart("Deliveries", "per second, by outcome", "/s", traffic.throughput),
        line_chart("Handling time", "milliseconds, quantiles", " ms", traffic.latency_ms),
        line_chart("Backlog", "waiting messages, by subscription", "", traffic.lag),
    )
