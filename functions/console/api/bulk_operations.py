"""Bulk operations: replay, repair or discard many failed messages; the schedule advances them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from api.repairs import StepBody
from api.views import PageView, View, page_view
from shared.failed_messages.bulk_operation import MAX_FAILURES, BulkAction, BulkStatus
from shared.failed_messages.bulk_operations import DEFAULT_RATE, BulkRequest
from web.dependencies import MAX_STEPS, Cursor, Id, RecordId, SelectedIds, Services
from web.identity import CurrentUser
from web.roles import Role, require_role
from web.typed_texts import Reason

router = APIRouter(prefix="/runs", tags=["bulk operations"])  # the deployed name of bulk operations
viewer = require_role(Role.VIEWER)


class StartBody(BaseModel):
    """A group, or selected messages; `confirmed` is the number of open ones among them."""

    action: BulkAction = BulkAction.REPLAY
    group: RecordId | None = None
    message_ids: SelectedIds = Field(default=[], alias="cases")
    confirmed: Annotated[int, Field(ge=1)]
    reason: Reason = ""
    rate: Annotated[int, Field(ge=1, le=50)] = DEFAULT_RATE
    max_failures: Annotated[int, Field(alias="maxFailures", ge=0, le=MAX_FAILURES)] = 0
    repair: Annotated[list[StepBody], Field(max_length=MAX_STEPS)] = []

    @model_validator(mode="after")
    def _group_or_messages(self) -> "StartBody":
        if (self.group is None) is (not self.message_ids):
            raise ValueError("name either a group or cases")
        return self


class AdvanceBody(BaseModel):
    """The most work of one request."""

    limit: Annotated[int, Field(ge=1, le=500)] = 25
    seconds: Annotated[float, Field(gt=0, le=25)] = 20.0


class StopView(View):
    """The message that stopped a bulk operation, and the reason."""

    message_id: str = Field(alias="case")
    reason: str
    detail: str


class FailureView(View):
    """A message that stayed open, and the reason."""

    message_id: str = Field(alias="case")
    reason: str
    detail: str


class BulkOperationView(View):
    """A bulk operation and its progress."""

    id: str
    action: BulkAction
    group_id: str | None
    reason: str
    total: int
    rate: int
    started_at: datetime
    started_by: str
    status: BulkStatus
    done: int
    skipped: int
    failed: int
    left: int
    max_failures: int
    outcomes: Mapping[str, int]
    failures: list[FailureView]
    stop: StopView | None
    heartbeat_at: datetime
    ended_at: datetime | None
    cancelled_by: str | None
    paused_by: str | None
    scheduled: bool


@router.post("", status_code=201, dependencies=[require_role(Role.APPROVER, "runs")])
async def start(services: Services, user: CurrentUser, body: StartBody) -> BulkOperationView:
    """Store a new operation; 409 with the number of open messages where the confirmed one differs."""
    request = BulkRequest(
        action=body.action,
        confirmed=body.confirmed,
        group_id=body.group,
        message_ids=tuple(body.message_ids),
        reason=body.reason,
        rate=body.rate,
        max_failures=body.max_failures,
        repair=tuple(each.to_step() for each in body.repair),
    )
    return BulkOperationView.of(await services.bulk.start(request, by=user))


@router.get("", dependencies=[viewer])
async def list_operations(services: Services, cursor: Cursor = None) -> PageView[BulkOperationView]:
    """List operations, the newest first."""
    return page_view(BulkOperationView, await services.bulk.page(cursor))


@router.get("/{operation_id}", dependencies=[viewer])
async def show(operation_id: Id, services: Services) -> BulkOperationView:
    """Show the progress of an operation."""
    return BulkOperationView.of(await services.bulk.find(operation_id))


@router.post("/{operation_id}/advance", dependencies=[require_role(Role.APPROVER, "advance")])
async def advance(
    operation_id: Id, services: Services, user: CurrentUser, body: AdvanceBody
) -> BulkOperationView:
    """Work on the next messages; while another request holds the lease, only return the progress."""
    operation = await services.bulk.advance(operation_id, limit=body.limit, seconds=body.seconds, by=user)
    return BulkOperationView.of(operation)


@router.post("/{operation_id}/pause-run", dependencies=[require_role(Role.APPROVER, "pause-run")])
async def pause(operation_id: Id, services: Services, user: CurrentUser) -> BulkOperationView:
    """Pause an operation before its next message."""
    return BulkOperationView.of(await services.bulk.pause(operation_id, by=user))


@router.post("/{operation_id}/resume-run", dependencies=[require_role(Role.APPROVER, "resume-run")])
async def resume(operation_id: Id, services: Services, user: CurrentUser) -> BulkOperationView:
    """Have the schedule continue an operation."""
    return BulkOperationView.of(await services.bulk.resume(operation_id, by=user))


@router.post("/{operation_id}/cancel", dependencies=[require_role(Role.APPROVER, "cancel")])
async def cancel(operation_id: Id, services: Services, user: CurrentUser) -> BulkOperationView:
    """Cancel an operation before its next message."""
    return BulkOperationView.of(await services.bulk.cancel(operation_id, by=user))
