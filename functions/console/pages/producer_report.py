"""The report for a producer, as plain text that a person copies or sends."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from pages.formats import timestamp
from pages.rendering import show
from pages.wording import explain
from shared.failed_messages.producer_report import ProducerReport
from web.dependencies import Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

router = APIRouter(prefix="/groups/{group_id}")
viewer = require_role(Role.VIEWER)


@router.get("/report", dependencies=[viewer])
async def report(request: Request, group_id: Id, services: Services, user: CurrentUser) -> Response:
    """Show the report of a group."""
    written = await services.reports.download(group_id, by=user)
    return show(request, "report.html", group=written.group, text=to_text(written, str(request.base_url)))


@router.get("/report.txt", dependencies=[viewer])
async def report_text(request: Request, group_id: Id, services: Services, user: CurrentUser) -> Response:
    """Return the report as text, for the button that copies it."""
    written = await services.reports.download(group_id, by=user)
    return PlainTextResponse(to_text(written, str(request.base_url)))


def to_text(report: ProducerReport, console: str) -> str:
    """Write a report; `console` is the console's address."""
    return "\n".join(_write_lines(report, console))


def _write_lines(report: ProducerReport, console: str) -> Iterator[str]:
    group, explanation = report.group, explain(report.group)
    yield f"{explanation.title} ({group.slug})"
    yield explanation.why
    yield ""
    yield f"Topic: {group.topic}, subscription: {group.subscription}"
    newest = f" (this report reads the newest {report.read})" if report.read < report.open else ""
    yield f"Failed messages: {report.open}{newest}"
    yield f"Published: {_format_time(report.first_published_at)} to {_format_time(report.last_published_at)}"
    yield from _write_counts("Producers", report.producers)
    yield from _write_counts("Violated rules", report.rules)
    if report.order_ids:
        yield ""
        yield f"Orders: {', '.join(report.order_ids)}"
    if report.example:
        yield ""
        yield "Example, personal data masked:"
        yield report.example
    yield ""
    yield f"Contract: {console}contracts?{urlencode({'q': group.topic})}"
    yield f"Details: {console}groups/{group.id}"


def _write_counts(title: str, numbers: Mapping[str, int]) -> Iterator[str]:
    if numbers:
        yield ""
        yield f"{title}:"
        yield from (f"- {name}: {number}" for name, number in numbers.items())


def _format_time(at: datetime | None) -> str:
    return timestamp(at) if at else "unknown"
