"""Failed messages, one by one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.comparison_views import ComparisonView
from api.message_views import DryRunView, EditView, FailedMessageView, PayloadView
from api.views import PageView, page_view
from shared.failed_messages.model import MessageFilter, MessageStatus, Sort
from web.dependencies import (
    DEFAULT_LIMIT,
    ID_PATTERN,
    MAX_PAYLOAD_LENGTH,
    Cursor,
    Id,
    Limit,
    RecordId,
    Services,
)
from web.identity import CurrentUser
from web.roles import Role, require_role
from web.typed_texts import Reason

Data = Annotated[str, Field(max_length=MAX_PAYLOAD_LENGTH)]

router = APIRouter(prefix="/failed", tags=["failed messages"])
ids = APIRouter(prefix="/ids", tags=["failed messages"])
viewer = require_role(Role.VIEWER)


class DryRunBody(BaseModel):
    """Data to check in place of the message's own."""

    data: Data | None = None


class ReplayBody(BaseModel):
    """The edit to send in place of the message's own data."""

    edit: RecordId | None = None


class EditBody(BaseModel):
    """Data to send in place of the message's own: JSON that its contract accepts."""

    data: Data


class DiscardBody(BaseModel):
    """Why the message is not needed, or needed after all."""

    reason: Reason


class ListQuery(BaseModel):
    """Which failed messages, and which page of their list."""

    status: MessageStatus | None = None
    group: Annotated[str | None, Field(pattern=ID_PATTERN)] = None
    subscription: str | None = None
    order: str | None = None
    source: str | None = None
    version: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    sort: Sort = Sort.NEWEST
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


@router.get("", dependencies=[viewer])
async def list_failed(
    services: Services, query: Annotated[ListQuery, Query()]
) -> PageView[FailedMessageView]:
    """List failed messages by the time of their latest failure."""
    wanted = MessageFilter(
        status=query.status,
        group_id=query.group,
        subscription=query.subscription,
        order_id=query.order,
        source=query.source,
        version=query.version,
        since=query.since,
        until=query.until,
    )
    page = await services.messages.page(wanted, query.cursor, query.limit, query.sort)
    return page_view(FailedMessageView, page)


@ids.get("/{prefix}", dependencies=[viewer])
async def find_ids(prefix: Annotated[str, Path(pattern="^[0-9a-f]{4,31}$")], services: Services) -> list[str]:
    """List the first ids of failed messages that begin with a prefix."""
    return list(await services.messages.find_ids(prefix))


@router.get("/{message_id}", dependencies=[viewer])
async def show_failed(message_id: Id, services: Services) -> FailedMessageView:
    """Show a failed message with its history."""
    return FailedMessageView.of(await services.messages.find(message_id))


@router.get("/{message_id}/payload", dependencies=[viewer])
async def show_payload(message_id: Id, services: Services) -> PayloadView:
    """Show the payload with personal values masked."""
    return PayloadView.of(await services.messages.payload(message_id))


@router.post("/{message_id}/unmask", dependencies=[require_role(Role.APPROVER, "unmask")])
async def unmask_payload(message_id: Id, services: Services, user: CurrentUser) -> PayloadView:
    """Show the payload with personal values; the action is logged."""
    return PayloadView.of(await services.messages.unmask(message_id, by=user))


@router.post("/{message_id}/preflight", dependencies=[require_role(Role.OPERATOR, "preflight")])
async def dry_run(message_id: Id, services: Services, body: DryRunBody) -> DryRunView:
    """Ask what a replay would do now; nothing changes."""
    data = None if body.data is None else body.data.encode()
    return DryRunView.of_check(await services.messages.check_replay(message_id, data=data))


@router.post("/{message_id}/replay", dependencies=[require_role(Role.OPERATOR, "replay")])
async def replay(
    message_id: Id, services: Services, user: CurrentUser, body: ReplayBody
) -> FailedMessageView:
    """Deliver the message again, to the subscription it failed at; the status shows the result."""
    return FailedMessageView.of(await services.messages.replay(message_id, by=user, edit=body.edit))


@router.get("/{message_id}/edits", dependencies=[viewer])
async def list_edits(message_id: Id, services: Services) -> list[EditView]:
    """List edits, the newest first."""
    return [EditView.of(each) for each in await services.messages.list_edits(message_id)]


@router.post("/{message_id}/edits", status_code=201, dependencies=[require_role(Role.OPERATOR, "edits")])
async def save_edit(message_id: Id, services: Services, user: CurrentUser, body: EditBody) -> EditView:
    """Store edited data that its contract accepts; replay it by its id."""
    return EditView.of(await services.messages.save_edit(message_id, body.data.encode(), by=user))


@router.post("/{message_id}/discard", dependencies=[require_role(Role.OPERATOR, "discard")])
async def discard(
    message_id: Id, services: Services, user: CurrentUser, body: DiscardBody
) -> FailedMessageView:
    """Close a message that is not needed."""
    return FailedMessageView.of(await services.messages.discard(message_id, by=user, reason=body.reason))


@router.post("/{message_id}/reopen", dependencies=[require_role(Role.OPERATOR, "reopen")])
async def reopen(
    message_id: Id, services: Services, user: CurrentUser, body: DiscardBody
) -> FailedMessageView:
    """Open a discarded message again."""
    return FailedMessageView.of(await services.messages.reopen(message_id, by=user, reason=body.reason))


@router.get("/{message_id}/comparison", dependencies=[viewer])
async def compare(message_id: Id, services: Services) -> ComparisonView:
    """Check the payload's arithmetic, and compare it with the stored version of its business id."""
    message = await services.messages.find(message_id)
    return ComparisonView.of(await services.comparisons.find(message))
