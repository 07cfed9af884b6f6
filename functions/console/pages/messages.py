"""Lists of failed messages: those of a group, which a person may hand over, and all with filters."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import RedirectResponse, Response

from pages.parameters import LocalTime, to_utc
from pages.rendering import show
from shared.errors import ErrorType
from shared.failed_messages.console_services import ConsoleServices
from shared.failed_messages.errors import HandoverChanged
from shared.failed_messages.failure_groups import FailureGroup
from shared.failed_messages.formulas import offered_formulas
from shared.failed_messages.model import MessageFilter, MessageStatus, Sort
from shared.failed_messages.repairs import find_obstacle
from web.dependencies import Cursor, Id, Services
from web.handover import HandoverFields, hand_over_group
from web.identity import CurrentUser
from web.roles import Role, require_role

Status = Annotated[MessageStatus | None, BeforeValidator(lambda given: given or None)]
"""A form sends an empty text for any status."""

Text = Annotated[str, Field(max_length=256)]


class ListQuery(BaseModel):
    """Which failed messages, in which order, and which page of their list."""

    status: Status = None
    subscription: Text = ""
    source: Text = ""
    version: Text = ""
    since: LocalTime = None
    until: LocalTime = None
    sort: Sort = Sort.NEWEST
    cursor: Cursor = None

    def to_filter(self) -> MessageFilter:
        """Convert the form; an empty field selects everything."""
        return MessageFilter(
            status=self.status,
            subscription=self.subscription or None,
            source=self.source or None,
            version=self.version or None,
            since=to_utc(self.since),
            until=to_utc(self.until),
        )


router = APIRouter()
forms = APIRouter()
viewer = require_role(Role.VIEWER)


@router.get("/groups/{group_id}", dependencies=[viewer])
async def group(request: Request, group_id: Id, services: Services, cursor: Cursor = None) -> Response:
    """Show a failure group and its open messages."""
    values = await _group_values(services, group_id, cursor)
    return show(request, "group.html", refusal="", typed=values["summary"].group, **values)


@forms.post("/groups/{group_id}/handover", dependencies=[require_role(Role.OPERATOR, "handover")])
async def hand_over(
    request: Request,
    group_id: Id,
    services: Services,
    user: CurrentUser,
    form: Annotated[HandoverFields, Form()],
) -> Response:
    """Store owner, note, ticket and mute of a group, unless they were changed meanwhile."""
    try:
        await hand_over_group(services, group_id, form, user)
    except HandoverChanged as refusal:
        values = await _group_values(services, group_id)
        return show(request, "group.html", refusal.status, refusal=str(refusal), typed=form, **values)
    return RedirectResponse(f"/groups/{group_id}#work", status_code=303)


@router.get("/groups/{group_id}/news", dependencies=[viewer])
async def news(request: Request, group_id: Id, services: Services, seen: int) -> Response:
    """Say how the number of a group's open messages changed since the page was loaded."""
    change = (await services.overview.group(group_id)).open - seen
    return show(request, "group_news.html", group_id=group_id, change=change)


@router.get("/messages", dependencies=[viewer])
async def messages(
    request: Request,
    services: Services,
    query: Annotated[ListQuery, Query()],
) -> Response:
    """List failed messages by the time of their latest failure."""
    filters = query.model_dump(mode="json", exclude={"cursor"}, exclude_none=True)
    return show(
        request,
        "messages.html",
        page=await services.messages.page(query.to_filter(), query.cursor, sort=query.sort),
        first=query.cursor is None,
        address=f"/messages?{urlencode(filters)}",
        chosen=query.status,
        statuses=tuple(MessageStatus),
        sorts=tuple(Sort),
        subscriptions=sorted(services.overview.functions),
        **query.model_dump(include={"subscription", "source", "version", "since", "until", "sort"}),
    )


async def _group_values(
    services: ConsoleServices, group_id: str, cursor: str | None = None
) -> dict[str, Any]:
    wanted = MessageFilter(status=MessageStatus.OPEN, group_id=group_id)
    summary, page = await asyncio.gather(
        services.overview.group(group_id), services.messages.page(wanted, cursor)
    )
    group = summary.group
    return {
        "summary": summary,
        "page": page,
        "first": cursor is None,
        "suggested": _suggested_action(group),
        "obstacle": find_obstacle(group.topic, group.slug, group.rule),
    }


def _suggested_action(group: FailureGroup) -> str:
    """Name the bulk operation that may help; empty where a person has to look at the messages first."""
    if group.error_type != ErrorType.REJECTED:
        return "replay"
    return "repair" if offered_formulas(group.slug) else ""
