"""Bulk operations: confirm, start, watch, pause, resume, cancel."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from pages.parameters import GroupId, MessageIds
from pages.rendering import show
from pages.repairs import RepairForm
from shared.failed_messages.bulk_operation import MAX_FAILURES, BulkAction, BulkOperation
from shared.failed_messages.bulk_operations import DEFAULT_RATE, BulkRequest
from shared.failed_messages.console_services import ConsoleServices
from shared.failed_messages.errors import Invalid, NotAllowed, OperationEnded
from web.dependencies import Cursor, Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role
from web.typed_texts import Reason

FIRST_REQUEST_S = 4.0
"""How long the request works that starts or resumes an operation; the schedule does the rest."""

FIRST_REQUEST_MESSAGES = 200
"""The most messages that this request processes."""

MAX_DIGITS = 9
"""Digits of a count; Python refuses to read thousands of them."""

router = APIRouter(prefix="/runs")  # the deployed name of bulk operations
forms = APIRouter(prefix="/runs")
viewer = require_role(Role.VIEWER)


class StartForm(RepairForm):
    """The form of a repair or of another action, with the count a person typed."""

    action: BulkAction
    count: str = ""
    reason: Reason = ""
    rate: Annotated[int, Field(ge=1, le=50)] = DEFAULT_RATE
    max_failures: Annotated[int, Field(ge=0, le=MAX_FAILURES)] = 0

    def to_request(self) -> BulkRequest:
        """Convert the form; text that is not a number confirms nothing."""
        typed = self.count.strip()
        is_number = typed.isdecimal() and len(typed) <= MAX_DIGITS
        return BulkRequest(
            action=self.action,
            confirmed=int(typed) if is_number else -1,
            group_id=self.group,
            message_ids=tuple(self.message_ids),
            reason=self.reason,
            rate=self.rate,
            max_failures=self.max_failures,
            repair=self.to_steps(),
        )


@router.get("", dependencies=[viewer])
async def list_operations(request: Request, services: Services, cursor: Cursor = None) -> Response:
    """List bulk operations, the newest first."""
    page = await services.bulk.page(cursor)
    return show(request, "bulk_operations.html", page=page, first=cursor is None)


@router.get("/new", dependencies=[viewer])
async def confirm(
    request: Request,
    services: Services,
    action: BulkAction,
    message_ids: MessageIds,
    group: GroupId = None,
) -> Response:
    """Show the messages of an operation, and ask for their count."""
    values = await _confirmation(services, action, group, message_ids)
    return show(request, "bulk_confirm.html", refusal="", typed=StartForm(action=action), **values)


@router.get("/{operation_id}", dependencies=[viewer])
async def progress(request: Request, operation_id: Id, services: Services) -> Response:
    """Show the progress of an operation; nothing advances by that."""
    operation = await services.bulk.find(operation_id)
    fragment = request.headers.get("hx-request") == "true"
    template = "bulk_progress.html" if fragment else "bulk_operation.html"
    return show(request, template, **_progress(request, operation))


@forms.post("", dependencies=[require_role(Role.APPROVER, "runs")])
async def start(
    request: Request, services: Services, user: CurrentUser, form: Annotated[StartForm, Form()]
) -> Response:
    """Start an operation where the typed count is the number of open messages."""
    try:
        operation = await services.bulk.start(form.to_request(), by=user)
    except (NotAllowed, Invalid) as refusal:
        if form.action is BulkAction.REPAIR:
            return show(
                request, "error.html", refusal.status, title="Repair not started", detail=str(refusal)
            )
        values = await _confirmation(services, form.action, form.group, form.message_ids)
        return show(request, "bulk_confirm.html", refusal.status, refusal=str(refusal), typed=form, **values)
    return await _begin(services, operation.id)


@forms.post("/{operation_id}/pause-run", dependencies=[require_role(Role.APPROVER, "pause-run")])
async def pause(operation_id: Id, services: Services, user: CurrentUser) -> Response:
    """Pause an operation before its next message; where it has ended, its page says so."""
    with suppress(OperationEnded):
        await services.bulk.pause(operation_id, by=user)
    return _to_operation(operation_id)


@forms.post("/{operation_id}/resume-run", dependencies=[require_role(Role.APPROVER, "resume-run")])
async def resume(operation_id: Id, services: Services, user: CurrentUser) -> Response:
    """Continue an operation; where it has ended, its page says so."""
    with suppress(OperationEnded):
        await services.bulk.resume(operation_id, by=user)
    return await _begin(services, operation_id)


@forms.post("/{operation_id}/cancel", dependencies=[require_role(Role.APPROVER, "cancel")])
async def cancel(operation_id: Id, services: Services, user: CurrentUser) -> Response:
    """Cancel an operation before its next message; where it has ended, its page says so."""
    with suppress(OperationEnded):
        await services.bulk.cancel(operation_id, by=user)
    return _to_operation(operation_id)


async def _confirmation(
    services: ConsoleServices, action: BulkAction, group: str | None, message_ids: list[str]
) -> dict[str, Any]:
    selected = await services.bulk.preview(group, tuple(message_ids))
    return {"action": action, "group": group, "selected": selected}


async def _begin(services: ConsoleServices, operation_id: str) -> Response:
    """Work on the first messages at once: a small operation is done before the schedule's next request."""
    await services.bulk.advance(operation_id, limit=FIRST_REQUEST_MESSAGES, seconds=FIRST_REQUEST_S)
    return _to_operation(operation_id)


def _progress(request: Request, operation: BulkOperation) -> dict[str, Any]:
    return {"operation": operation, "stalled": operation.is_stalled(request.app.state.clock())}


def _to_operation(operation_id: str) -> Response:
    return RedirectResponse(f"/runs/{operation_id}", status_code=303)
