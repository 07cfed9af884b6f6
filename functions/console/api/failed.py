"""Failed messages, one by one."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.params import DEFAULT_LIMIT, ID_PATTERN, Cursor, Id, Limit, ReviewDep, Who
from api.views import CaseView, EditView, PageView, PayloadView, PreflightView, page_view
from shared.failed_messages.model import CaseStatus
from shared.failed_messages.repository import CaseFilter

MAX_DATA = 10_000_000
"""Characters of an edited payload: a message holds 10 MB (requirements 1.1)."""

Data = Annotated[str, Field(max_length=MAX_DATA)]

router = APIRouter(prefix="/failed", tags=["failed messages"])


class PreflightBody(BaseModel):
    """Data to ask about in place of the message's own."""

    data: Data | None = None


class ReplayBody(BaseModel):
    """The edit to send in place of the message's own data."""

    edit: Annotated[str | None, Field(pattern=ID_PATTERN)] = None


class EditBody(BaseModel):
    """Data to be sent in place of the message's own: JSON that its contract takes."""

    data: Data


class DiscardBody(BaseModel):
    """Why the message is not needed."""

    reason: str


class Wanted(BaseModel):
    """Which failed messages, and which part of their list."""

    status: CaseStatus | None = None
    group: Annotated[str | None, Field(pattern=ID_PATTERN)] = None
    subscription: str | None = None
    order: str | None = None
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


@router.get("")
async def list_failed(review: ReviewDep, wanted: Annotated[Wanted, Query()]) -> PageView[CaseView]:
    """List failed messages, the one that failed last first."""
    which = CaseFilter(
        status=wanted.status,
        group_id=wanted.group,
        subscription=wanted.subscription,
        order_id=wanted.order,
    )
    return page_view(CaseView, await review.cases.page(which, wanted.cursor, wanted.limit))


@router.get("/{case_id}")
async def show_failed(case_id: Id, review: ReviewDep) -> CaseView:
    """Show a failed message with its history."""
    return CaseView.of(await review.desk.case(case_id))


@router.get("/{case_id}/payload")
async def show_payload(case_id: Id, review: ReviewDep) -> PayloadView:
    """Show the payload with what is personal masked."""
    return PayloadView.of(await review.desk.payload(case_id))


@router.post("/{case_id}/unmask")
async def unmask_payload(case_id: Id, review: ReviewDep, by: Who) -> PayloadView:
    """Show the payload as it is; who asked is noted."""
    return PayloadView.of(await review.desk.unmask(case_id, by=by))


@router.post("/{case_id}/preflight")
async def preflight(case_id: Id, review: ReviewDep, body: PreflightBody) -> PreflightView:
    """Ask what a replay would come to now; nothing changes."""
    data = None if body.data is None else body.data.encode()
    return PreflightView.told(await review.desk.preflight(case_id, data))


@router.post("/{case_id}/replay")
async def replay(case_id: Id, review: ReviewDep, by: Who, body: ReplayBody) -> CaseView:
    """Deliver the message once more, to the subscription that failed; the status tells how it went."""
    return CaseView.of(await review.desk.replay(case_id, by=by, edit=body.edit))


@router.get("/{case_id}/edits")
async def list_edits(case_id: Id, review: ReviewDep) -> list[EditView]:
    """List what was edited, the newest first."""
    return [EditView.of(each) for each in await review.desk.edits(case_id)]


@router.post("/{case_id}/edits", status_code=201)
async def edit(case_id: Id, review: ReviewDep, by: Who, body: EditBody) -> EditView:
    """Keep edited data, if its contract takes it; replay it by its id."""
    return EditView.of(await review.desk.edit(case_id, body.data.encode(), by=by))


@router.post("/{case_id}/discard")
async def discard(case_id: Id, review: ReviewDep, by: Who, body: DiscardBody) -> CaseView:
    """Close the case of a message that is not needed."""
    return CaseView.of(await review.desk.discard(case_id, by=by, reason=body.reason))
