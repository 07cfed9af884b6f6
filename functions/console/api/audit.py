"""The audit log."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.views import PageView, View, page_view
from shared.failed_messages.audit_log import AuditFilter
from web.dependencies import DEFAULT_LIMIT, Cursor, Limit, Services
from web.roles import Role, require_role

router = APIRouter(prefix="/audit", tags=["audit log"])
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


class AuditQuery(BaseModel):
    """Which records, and which page of their list."""

    by: Text = None
    action: Text = None
    target: Text = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


@router.get("", dependencies=[require_role(Role.VIEWER)])
async def list_records(
    services: Services, query: Annotated[AuditQuery, Query()]
) -> PageView[AuditRecordView]:
    """List who did what when, the newest first."""
    wanted = AuditFilter(**query.model_dump(exclude={"cursor", "limit"}))
    return page_view(AuditRecordView, await services.audit.page(wanted, query.cursor, query.limit))
