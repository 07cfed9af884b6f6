"""The audit log, and the attempts that a role did not allow."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.views import PageView, View, page_view
from shared.failed_messages.audit_log import AuditFilter
from web.dependencies import DEFAULT_LIMIT, Cursor, Limit, Services
from web.roles import Role, require_role

router = APIRouter()
Text = Annotated[str | None, Field(max_length=320)]


class AuditRecordView(View):
    """One action of a person."""

    id: str
    at: datetime
    by: str
    action: str
    kind: str
    target: str
    detail: str
    edit: str
    operation: str


class AccessDenialView(View):
    """All of one actor's attempts at one action within an hour; `targets` are the first twenty."""

    by: str
    role: str
    action: str
    targets: list[str]
    count: int
    first_at: datetime
    last_at: datetime


class AuditQuery(BaseModel):
    """Which records, and which page of their list."""

    by: Text = None
    action: Text = None
    target: Text = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


@router.get("/audit", tags=["audit log"], dependencies=[require_role(Role.VIEWER)])
async def list_records(
    services: Services, query: Annotated[AuditQuery, Query()]
) -> PageView[AuditRecordView]:
    """List who did what when, the newest first."""
    wanted = AuditFilter(**query.model_dump(exclude={"cursor", "limit"}))
    return page_view(AuditRecordView, await services.audit.page(wanted, query.cursor, query.limit))


@router.get("/denied", tags=["overview"], dependencies=[require_role(Role.APPROVER, "denied")])
async def list_denied(services: Services, cursor: Cursor = None) -> PageView[AccessDenialView]:
    """List attempts that a role did not allow, the latest first."""
    return page_view(AccessDenialView, await services.denials.page(cursor))
