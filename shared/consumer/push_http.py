"""HTTP in and out: the body of a push request, and the answer as a response.

Pub/Sub reads the status only. The headers are for a client that delivers a message by hand.
"""

from collections.abc import Awaitable, Callable

from pydantic_core import to_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shared.consumer.bytes_in_flight import RequestBytes
from shared.consumer.function_answer import (
    DETAIL_HEADER,
    ERROR_TYPE_HEADER,
    OUTCOME_HEADER,
    REASON_HEADER,
    DryRunResult,
)
from shared.consumer.push_handler import Answer
from shared.contracts.envelope import Envelope, parse_push
from shared.errors import NotAPush

MAX_LENGTH_DIGITS = 12
"""A longer `content-length` is ignored."""

MAX_DETAIL_LENGTH = 1000
"""Characters of a header; some servers refuse a header of more than a few thousand bytes."""

DryRun = Callable[[Envelope], Awaitable[DryRunResult]]
"""Processes a delivery without committing or publishing."""


async def read_body(request: Request, reserved: RequestBytes) -> bytes:
    """Read a request's body; raise PushTooLarge, Overloaded, or NotAPush where the client disconnects.

    The length is counted: a `content-length` header may be absent or too small.
    """
    parts: list[bytes] = []
    size = 0
    await reserved.announce(_announced_bytes(request))
    try:
        async for part in request.stream():
            size += len(part)
            reserved.grow(size)
            parts.append(part)
    except ClientDisconnect:
        raise NotAPush("body: ended early, because the client disconnected") from None
    return b"".join(parts)


def _announced_bytes(request: Request) -> int:
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isdecimal() and len(announced) <= MAX_LENGTH_DIGITS else 0


def push_response(answer: Answer) -> Response:
    """Write status, outcome and failure reason of an answer into a response."""
    headers = {OUTCOME_HEADER: str(answer.outcome)}
    if reason := answer.failure_reason:
        headers |= {
            ERROR_TYPE_HEADER: reason.error_type,
            REASON_HEADER: reason.slug,
            DETAIL_HEADER: _header_text(reason.detail),
        }
    return Response(status_code=answer.status, headers=headers)


async def dry_run_response(dry_run: DryRun, body: bytes) -> Response:
    """Return the result of a dry run as JSON."""
    try:
        envelope = parse_push(body)
    except NotAPush as error:
        return Response(status_code=error.status)
    return Response(to_json(await dry_run(envelope)), media_type="application/json")


def _header_text(text: str) -> str:
    """Make a text fit for a header: printable ASCII in one line."""
    ascii_text = text[:MAX_DETAIL_LENGTH].encode("ascii", "backslashreplace").decode()
    return ascii_text.replace("\n", " ").replace("\r", " ")
