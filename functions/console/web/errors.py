"""Errors: one mapping to status, slug and text for the API and the pages; a middleware for bugs."""

import traceback
from dataclasses import dataclass
from pathlib import PurePath

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Transient
from shared.failed_messages.errors import FailedMessageError, InvalidCursor
from shared.telemetry import log

INVALID_INPUT = "Invalid link or input. Go back and try again."
UNAVAILABLE = "Firestore or Pub/Sub was unavailable. The history shows every change that was made. Try again."
TITLES = {404: "Not found", 413: "Too large", 503: "Unavailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDescription:
    """An expected error: `detail` names field and rule, `text` is for people."""

    status: int
    slug: str
    detail: str
    text: str

    @property
    def title(self) -> str:
        """Return the heading of a page about the error."""
        return TITLES.get(self.status, "Action failed")


EXPECTED = (FailedMessageError, Transient)
"""Errors that the API and the pages answer alike."""


def describe(error: Exception) -> ErrorDescription:
    """Map an expected error, or one of the framework's, to its answer."""
    if isinstance(error, InvalidCursor):
        return ErrorDescription(status=error.status, slug=error.slug, detail=str(error), text=INVALID_INPUT)
    if isinstance(error, FailedMessageError):
        return ErrorDescription(status=error.status, slug=error.slug, detail=str(error), text=str(error))
    if isinstance(error, Transient):
        return ErrorDescription(status=503, slug=error.slug, detail=str(error), text=UNAVAILABLE)
    if isinstance(error, HTTPException):
        return ErrorDescription(status=error.status_code, slug="http", detail=error.detail, text=error.detail)
    assert isinstance(error, RequestValidationError)  # noqa: S101 - handlers are registered for these only
    return ErrorDescription(status=400, slug="input.invalid", detail=INVALID_INPUT, text=INVALID_INPUT)


class ErrorMiddleware:
    """Answer 500 to an unexpected exception; log its class and place, because its text may hold payload."""

    def __init__(self, application: ASGIApp) -> None:
        """Wrap an application."""
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        started = False

        async def observed_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._application(scope, receive, observed_send)
        except Exception as bug:  # noqa: BLE001 - the server would log the exception with its text
            _log_bug(bug)
            if not started:
                await JSONResponse({"error": "bug", "detail": ""}, 500)(scope, receive, send)


def _log_bug(bug: Exception) -> None:
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    place = f"{PurePath(frame.filename).name}:{frame.lineno}"
    log.write({"severity": "ERROR", "message": "bug", "reason": type(bug).__name__, "raisedAt": place})
