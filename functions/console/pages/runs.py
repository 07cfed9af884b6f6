"""Many messages at once: confirm, start, watch, cancel."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.params import ID_PATTERN, Cursor, Id, ReviewDep
from pages.confirmation import confirmation
from pages.form_guard import Visitor
from pages.rendering import show
from pages.run_form import RecordId, RunForm
from shared.failed_messages.bulk_operation import Run, RunAction
from shared.failed_messages.bulk_operations import MAX_SELECTED
from shared.failed_messages.errors import Invalid, NotAllowed

STEP_SECONDS = 1.0
"""How long one step of a run may take, so that a watcher sees it move."""

STEP_LIMIT = 50

GroupId = Annotated[str | None, Query(alias="group", pattern=ID_PATTERN)]
Ids = Annotated[list[RecordId], Query(alias="case", max_length=MAX_SELECTED, default_factory=list)]

reading = APIRouter(prefix="/runs")
acting = APIRouter(prefix="/runs")


@reading.get("")
async def runs(request: Request, review: ReviewDep, cursor: Cursor = None) -> Response:
    """List runs, the newest first."""
    return show(request, "runs.html", page=await review.runs.page(cursor), first=cursor is None)


@reading.get("/new")
async def new(
    request: Request, review: ReviewDep, action: RunAction, cases: Ids, group: GroupId = None
) -> Response:
    """Show what a run would do, and ask for its count."""
    values = await confirmation(review, action, group, cases)
    return show(request, "run_new.html", refusal="", **values)


@reading.get("/{run_id}")
async def run(request: Request, run_id: Id, review: ReviewDep) -> Response:
    """Show how far a run came."""
    return show(request, "run.html", **_progress(request, await review.runs.find(run_id)))


@acting.post("")
async def start(
    request: Request, review: ReviewDep, actor: Visitor, form: Annotated[RunForm, Form()]
) -> Response:
    """Begin a run where the typed count is the number of open messages."""
    try:
        begun = await review.runs.start(form.to_request(), by=actor)
    except (NotAllowed, Invalid) as refusal:
        values = await confirmation(review, form.action, form.group, form.case)
        return show(request, "run_new.html", refusal.status, refusal=str(refusal), **values)
    return _to(begun.id)


@acting.post("/{run_id}/advance")
async def advance(request: Request, run_id: Id, review: ReviewDep) -> Response:
    """Deal with the next messages, and show how far the run came."""
    run = await review.runs.advance(run_id, limit=STEP_LIMIT, seconds=STEP_SECONDS)
    if request.headers.get("hx-request") != "true":
        return _to(run_id)
    return show(request, "run_progress.html", **_progress(request, run))


@acting.post("/{run_id}/cancel")
async def cancel(run_id: Id, review: ReviewDep, actor: Visitor) -> Response:
    """End a run before its next message."""
    await review.runs.cancel(run_id, by=actor)
    return _to(run_id)


def _progress(request: Request, run: Run) -> dict[str, Any]:
    return {"run": run, "interrupted": run.interrupted(request.app.state.clock())}


def _to(run_id: str) -> Response:
    return RedirectResponse(f"/runs/{run_id}", status_code=303)
