"""The body of a push request, read no further than a push can be long."""

from starlette.requests import ClientDisconnect, Request

from shared.errors import NotAPush, PushTooLarge

MAX_BODY = 16_000_000
"""Bytes: a message holds 10 MB (requirements 1.1), in base64 13.4 MB; the rest is for its headers."""


async def read_body(request: Request) -> bytes:
    """Read a request's body; raise PushTooLarge, or NotAPush where the client goes away meanwhile.

    What a request announces as its length is not relied on: it may announce nothing, or less.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MAX_BODY:
                raise PushTooLarge(f"body: must be at most {MAX_BODY} bytes")
            parts.append(part)
    except ClientDisconnect:
        raise NotAPush("body: ends before its end") from None
    return b"".join(parts)
