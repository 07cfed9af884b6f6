"""The audit log as a page and as CSV."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, Field, NaiveDatetime
from starlette.responses import Response

from pages.rendering import show
from pages.wording import ACTIONS
from shared.failed_messages.audit_log import AuditFilter, AuditRecord
from web.dependencies import Cursor, Services
from web.roles import Role, require_role

CSV_ROWS = 10_000
"""Rows of one file: the newest that match."""

CSV_PAGE = 500
COLUMNS = ("at", "by", "action", "kind", "target", "detail", "edit", "operation")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would run a cell that begins so."""

_OF_PEOPLE = ("replaying", "resolved", "failed_again", "edited", "discarded", "reopened", "unmasked")
AUDITED_ACTIONS = {name: ACTIONS[name] for name in _OF_PEOPLE} | {
    "started": "Bulk operation started",
    "cancelled": "Bulk operation cancelled",
    "paused": "Automatic replay paused",
    "unpaused": "Automatic replay resumed",
    "handed_over": "Group handed over",
    "searched": "Customer searched",
}
"""Actions of people in the audit log, by the stored action."""

Text = Annotated[str, Field(max_length=320)]
LocalTime = Annotated[NaiveDatetime | None, BeforeValidator(lambda given: given or None)]
"""A time without an offset, as a browser's field sends it; read as UTC."""

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
            since=_utc(self.since),
            until=_utc(self.until),
        )

    def address(self) -> str:
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
async def audit_csv(services: Services, query: Annotated[AuditQuery, Query()]) -> Response:
    """Write the newest records that match as CSV."""
    rows: list[AuditRecord] = []
    cursor = None
    while len(rows) < CSV_ROWS:
        page = await services.audit.page(query.to_filter(), cursor, CSV_PAGE)
        rows += page.items
        if (cursor := page.next) is None:
            break
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(to_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


def to_csv(records: list[AuditRecord]) -> str:
    """Write records as CSV; a cell that a spreadsheet would run is made text."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerow([record.at.isoformat(), *(_cell(getattr(record, each)) for each in COLUMNS[1:])])
    return text.getvalue()


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None
