"""The audit log as a page and as CSV, and the page of access denials."""

import csv
from io import StringIO
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from pages.parameters import LocalTime, to_utc
from pages.rendering import show
from pages.wording import ACTIONS
from shared.failed_messages.audit_log import AuditFilter, AuditRecord, new_record
from web.dependencies import Cursor, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

MAX_CSV_ROWS = 10_000
"""Rows of one file: the newest that match."""

CSV_PAGE_SIZE = 500
CSV_COLUMNS = ("at", "by", "action", "kind", "target", "detail", "edit", "operation")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Characters with which a spreadsheet takes a cell for a formula, and runs it."""

_PEOPLES_ACTIONS = ("replaying", "resolved", "failed_again", "edited", "discarded", "reopened", "unmasked")
AUDITED_ACTIONS = {name: ACTIONS[name] for name in _PEOPLES_ACTIONS} | {
    "started": "Bulk operation started",
    "cancelled": "Bulk operation cancelled",
    "run_paused": "Bulk operation paused",
    "run_resumed": "Bulk operation resumed",
    "paused": "Automatic replay paused",
    "unpaused": "Automatic replay resumed",
    "handed_over": "Group handed over",
    "advanced": "Bulk operation advanced",
    "searched": "Customer searched",
    "downloaded": "Downloaded",
    "erased": "Customer erased",
    "reencrypted": "Documents re-encrypted",
    "deadlines_updated": "Deadlines updated",
}
"""Actions of people in the audit log, by the stored action."""

Text = Annotated[str, Field(max_length=320)]

router = APIRouter()
viewer = require_role(Role.VIEWER)


class AuditQuery(BaseModel):
    """Which records, and which page of their list."""

    by: Text = ""
    action: Text = ""
    target: Text = ""
    since: LocalTime = None
    until: LocalTime = None
    cursor: Cursor = None

    def to_filter(self) -> AuditFilter:
        """Convert the form; an empty field selects everything."""
        return AuditFilter(
            by=self.by.strip() or None,
            action=self.action or None,
            target=self.target.strip() or None,
            since=to_utc(self.since),
            until=to_utc(self.until),
        )

    def to_query_string(self) -> str:
        """Return the query string of the same filters, without the page."""
        return urlencode(self.model_dump(mode="json", exclude={"cursor"}, exclude_defaults=True))


@router.get("/audit", dependencies=[viewer])
async def audit(request: Request, services: Services, query: Annotated[AuditQuery, Query()]) -> Response:
    """List who did what when, the newest first."""
    return show(
        request,
        "audit.html",
        page=await services.audit.page(query.to_filter(), query.cursor),
        query=query,
        audited=AUDITED_ACTIONS,
    )


@router.get("/audit.csv", dependencies=[viewer])
async def audit_csv(
    request: Request, services: Services, user: CurrentUser, query: Annotated[AuditQuery, Query()]
) -> Response:
    """Write the newest records that match as CSV; the download is recorded, too.

    The name of the file says where older records match that it does not have.
    """
    rows: list[AuditRecord] = []
    cursor = None
    while len(rows) < MAX_CSV_ROWS:
        page = await services.audit.page(query.to_filter(), cursor, CSV_PAGE_SIZE)
        rows += page.items
        if (cursor := page.next) is None:
            break
    file = "audit.csv" if cursor is None else f"audit-newest-{len(rows)}.csv"
    await services.audit.write(
        new_record(
            at=request.app.state.clock(),
            by=user,
            action="downloaded",
            kind="log",
            target=file,
            detail=f"{len(rows)} records",
        )
    )
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(to_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/denied", dependencies=[require_role(Role.APPROVER, "denied")])
async def denied(request: Request, services: Services, cursor: Cursor = None) -> Response:
    """List attempts that a role did not allow, the latest first."""
    return show(request, "denied.html", page=await services.denials.page(cursor), first=cursor is None)


def to_csv(records: list[AuditRecord]) -> str:
    """Write records as CSV; a cell that a spreadsheet would run is made text."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for record in records:
        writer.writerow(
            [record.at.isoformat(), *(_escape_cell(getattr(record, each)) for each in CSV_COLUMNS[1:])]
        )
    return text.getvalue()


def _escape_cell(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value
