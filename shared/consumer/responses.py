"""Answers as HTTP responses: a status for Pub/Sub, and headers for who delivers a message by hand."""

from collections.abc import Awaitable, Callable

from pydantic_core import to_json
from starlette.responses import Response

from shared.consumer.dry_run_result import DryRunResult
from shared.consumer.function_answer import DETAIL_HEADER, ERROR_TYPE_HEADER, OUTCOME_HEADER, REASON_HEADER
from shared.consumer.push_handler import Answer
from shared.contracts.envelope import Envelope, parse_push
from shared.errors import NotAPush

MAX_DETAIL = 1000
"""Characters of a header: a server may refuse one of more than a few thousand bytes."""

DryRun = Callable[[Envelope], Awaitable[DryRunResult]]
"""Says what would become of a delivery."""


def push_response(answer: Answer) -> Response:
    """Answer a push."""
    headers = {OUTCOME_HEADER: answer.outcome}
    if answer.failure_reason.slug:
        headers |= {
            ERROR_TYPE_HEADER: answer.failure_reason.error_type,
            REASON_HEADER: answer.failure_reason.slug,
            DETAIL_HEADER: _header(answer.failure_reason.detail),
        }
    return Response(status_code=answer.status, headers=headers)


async def forecast_response(forecast: DryRun, body: bytes) -> Response:
    """Answer the question what would become of a push, as JSON."""
    try:
        envelope = parse_push(body)
    except NotAPush as error:
        return Response(status_code=error.status)
    return Response(to_json(await forecast(envelope)), media_type="application/json")


def _header(text: str) -> str:
    """Make a text fit for a header: printable ASCII in one line."""
    return (
        text[:MAX_DETAIL].encode("ascii", "backslashreplace").decode().replace("\n", " ").replace("\r", " ")
    )
