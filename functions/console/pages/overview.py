"""The first page: failure groups, subscriptions and traffic."""

import asyncio
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from pages.charts import Chart, bar_chart, line_chart
from pages.rendering import show
from pages.traffic import CurrentTraffic, Traffic
from shared.failed_messages.console_services import ConsoleServices
from web.dependencies import Cursor, Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

Seen = Annotated[str, Query(max_length=64)]
"""A digest of what the browser shows."""

router = APIRouter()
forms = APIRouter()
viewer = require_role(Role.VIEWER)


@router.get("/", dependencies=[viewer])
async def overview(request: Request, services: Services, cursor: Cursor = None) -> Response:
    """Show failure groups with open messages, critical ones first."""
    collected = request.app.state.traffic.url is not None
    return show(request, "overview.html", traffic=collected, **await _open_failures(services, cursor))


@router.get("/open", dependencies=[viewer])
async def open_failures(
    request: Request, services: Services, seen: Seen = "", cursor: Cursor = None
) -> Response:
    """Show the part of the first page that changes; 204 where the browser has the latest version."""
    values = await _open_failures(services, cursor)
    if values["seen"] == seen:
        return Response(status_code=204)
    return show(request, "open_failures.html", **values)


@router.get("/groups/{group_id}/trend", dependencies=[viewer])
async def trend(request: Request, group_id: Id, services: Services) -> Response:
    """Show what a failure group affects, whether it gets better or worse, and its last day."""
    values, changes, impact = await asyncio.gather(
        services.overview.trend(group_id),
        services.overview.period_changes(group_id),
        services.overview.impact(group_id),
    )
    return show(
        request, "trend.html", values=values, bars=bar_chart(values), period_changes=changes, impact=impact
    )


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


async def _open_failures(services: ConsoleServices, cursor: str | None) -> dict[str, Any]:
    headline, page = await asyncio.gather(services.overview.headline(), services.overview.groups(cursor))
    state = [headline.open, *((each.group.id, each.open, each.group.critical) for each in page.items)]
    seen = sha256(repr(state).encode()).hexdigest()
    return {"headline": headline, "page": page, "first": cursor is None, "cursor": cursor, "seen": seen}


def _charts(traffic: Traffic) -> tuple[Chart, ...]:
    return (
        line_chart("Deliveries", "per second, by outcome", "/s", traffic.throughput),
        line_chart("Handling time", "milliseconds, quantiles", " ms", traffic.latency_ms),
        line_chart("Backlog", "waiting messages, by subscription", "", traffic.lag),
    )
