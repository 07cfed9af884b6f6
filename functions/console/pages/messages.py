"""Failed messages: lists of them, and one of them with what can be done about it."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from api.params import ID_PATTERN, Cursor, Id, ReviewDep
from pages.rendering import show
from shared.consumer.idempotency import failure_group_id
from shared.failed_messages.decisions import interrupted
from shared.failed_messages.errors import ReviewError
from shared.failed_messages.model import Case, CaseStatus
from shared.failed_messages.payload import Payload
from shared.failed_messages.repository import CaseFilter
from shared.failed_messages.services import Review

SHOWN = 200_000
"""Characters of a payload on a page; browsers cannot do with ten million."""

Status = Annotated[CaseStatus | None, BeforeValidator(lambda given: given or None)]
"""A form sends an empty text where any will do."""

EditId = Annotated[str | None, Query(pattern=ID_PATTERN)]

router = APIRouter()


@router.get("/groups/{group_id}")
async def group(request: Request, group_id: Id, review: ReviewDep, cursor: Cursor = None) -> Response:
    """Show a cause and its open messages."""
    wanted = CaseFilter(status=CaseStatus.OPEN, group_id=group_id)
    summary, page = await asyncio.gather(review.overview.group(group_id), review.cases.page(wanted, cursor))
    return show(request, "group.html", summary=summary, page=page, first=cursor is None)


@router.get("/messages")
async def messages(
    request: Request, review: ReviewDep, status: Status = None, subscription: str = "", cursor: Cursor = None
) -> Response:
    """List failed messages, those that failed last first."""
    wanted = CaseFilter(status=status, subscription=subscription or None)
    return show(
        request,
        "messages.html",
        page=await review.cases.page(wanted, cursor),
        first=cursor is None,
        address="/messages?" + urlencode({"status": status or "", "subscription": subscription}),
        chosen=status,
        statuses=tuple(CaseStatus),
        subscription=subscription,
        subscriptions=sorted(review.overview.functions),
    )


@router.get("/messages/{case_id}")
async def message(request: Request, case_id: Id, review: ReviewDep) -> Response:
    """Show a failed message with its personal data masked."""
    return await message_page(request, review, case_id)


@router.get("/messages/{case_id}/state")
async def state(request: Request, case_id: Id, review: ReviewDep) -> Response:
    """Tell how a replay under way stands; once it is over, have the page loaded anew."""
    case = await review.desk.case(case_id)
    response = show(request, "message_state.html", **_standing(request, case))
    if case.status is not CaseStatus.REPLAYING:
        response.headers["HX-Refresh"] = "true"
    return response


@router.get("/messages/{case_id}/preflight")
async def preflight(request: Request, case_id: Id, review: ReviewDep, edit: EditId = None) -> Response:
    """Ask what a replay would come to now, of the message or of an edit; nothing changes."""
    data = (await review.desk.replays.edit(case_id, edit)).data if edit else None
    told = await review.desk.preflight(case_id, data)
    return show(request, "preflight.html", preflight=told, case_id=case_id)


async def message_page(
    request: Request,
    review: Review,
    case_id: str,
    *,
    unmasked: Payload | None = None,
    refusal: ReviewError | None = None,
) -> Response:
    """Show a message, after a refused action with the reason, after unmasking with everything in it."""
    case, masked, edits = await asyncio.gather(
        review.desk.case(case_id), review.desk.payload(case_id), review.desk.edits(case_id)
    )
    payload = unmasked or masked
    return show(
        request,
        "message.html",
        refusal.status if refusal else 200,
        payload=payload,
        text=(payload.text or "")[:SHOWN],
        cut=len(payload.text or "") > SHOWN,
        edits=edits,
        refusal=str(refusal or ""),
        group_id=failure_group_id(case.subscription, case.failure_reason),
        **_standing(request, case),
    )


def _standing(request: Request, case: Case) -> dict[str, Any]:
    closings = [entry for entry in case.history if entry.action == "discarded"]
    return {
        "case": case,
        "interrupted": interrupted(case, request.app.state.clock()),
        "closing": closings[-1] if closings else None,
    }
