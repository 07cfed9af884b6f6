"""Many failed messages at once: replays and discards, advanced by whoever watches them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from api.params import ID_PATTERN, Cursor, Id, ReviewDep, Who
from api.views import PageView, RunView, page_view
from shared.failed_messages.bulk_operation import RunAction
from shared.failed_messages.bulk_operations import DEFAULT_RATE, MAX_SELECTED, RunRequest

router = APIRouter(prefix="/runs", tags=["runs"])

RecordId = Annotated[str, Field(pattern=ID_PATTERN)]


class RunBody(BaseModel):
    """A group, or selected messages; `confirmed` is the number of open ones among them."""

    action: RunAction = RunAction.REPLAY
    group: RecordId | None = None
    cases: Annotated[list[RecordId], Field(max_length=MAX_SELECTED)] = []
    confirmed: Annotated[int, Field(ge=1)]
    reason: str = ""
    rate: Annotated[int, Field(ge=1, le=50)] = DEFAULT_RATE

    @model_validator(mode="after")
    def _one_of_both(self) -> "RunBody":
        if (self.group is None) is (not self.cases):
            raise ValueError("name either a group or cases")
        return self


class AdvanceBody(BaseModel):
    """How much to do within this request."""

    limit: Annotated[int, Field(ge=1, le=500)] = 25
    seconds: Annotated[float, Field(gt=0, le=25)] = 20.0


@router.post("", status_code=201)
async def start(review: ReviewDep, by: Who, body: RunBody) -> RunView:
    """Begin a run without touching a message; 409 tells the number of open messages where it is another."""
    request = RunRequest(
        action=body.action,
        confirmed=body.confirmed,
        group_id=body.group,
        cases=tuple(body.cases),
        reason=body.reason,
        rate=body.rate,
    )
    return RunView.of(await review.runs.start(request, by=by))


@router.get("")
async def list_runs(review: ReviewDep, cursor: Cursor = None) -> PageView[RunView]:
    """List runs, the newest first."""
    return page_view(RunView, await review.runs.page(cursor))


@router.get("/{run_id}")
async def show(run_id: Id, review: ReviewDep) -> RunView:
    """Tell how far a run came."""
    return RunView.of(await review.runs.find(run_id))


@router.post("/{run_id}/advance")
async def advance(run_id: Id, review: ReviewDep, by: Who, body: AdvanceBody) -> RunView:  # noqa: ARG001 - asked for: only who is known may advance
    """Deal with the next messages of a run; while another request does, this only tells how far it came."""
    return RunView.of(await review.runs.advance(run_id, limit=body.limit, seconds=body.seconds))


@router.post("/{run_id}/cancel")
async def cancel(run_id: Id, review: ReviewDep, by: Who) -> RunView:
    """End a run before its next message."""
    return RunView.of(await review.runs.cancel(run_id, by=by))
