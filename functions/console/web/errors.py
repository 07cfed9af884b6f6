"""Errors: one mapping to status, slug and text for the API and the pages; a middleware for bugs."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePath

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Transient
from shared.failed_messages.errors import FailedMessageError, InvalidCursor
from shared.telemetry import log

INVALID_INPUT = "Invalid link or input. Go back and try again."
ONLY_FORM = "Nothing changed: only a form opens this address. Go back to the form, and send it again."
"""A browser opens such an address without the form after a new sign-in."""

UNAVAILABLE = "Firestore or Pub/Sub was unavailable. The history shows every change that was made. Try again."
BUG = "The console failed. Its log names the place. Try again, and inform the engineers if it fails again."

TITLES = {
    400: "Invalid request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not possible now",
    413: "Too large",
    415: "Not JSON",
    422: "Invalid input",
    500: "The console failed",
    503: "Unavailable",
}
"""What happened, by status; the same for every occurrence (RFC 9457, `title`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputError:
    """A part of the input that breaks a rule; the value is left out, because it may be personal."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDescription:
    """An expected error: `detail` names field and rule, `text` is for people."""

    status: int
    slug: str
    detail: str
    text: str
    errors: tuple[InputError, ...] = ()

    @property
    def title(self) -> str:
        """Return the heading of a page about the error."""
        return TITLES.get(self.status, "Action failed")


EXPECTED_ERRORS = (FailedMessageError, Transient, HTTPException, RequestValidationError)
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
        slug = http_slug(error.status_code)
        text = ONLY_FORM if error.status_code == 405 else error.detail
        return ErrorDescription(status=error.status_code, slug=slug, detail=error.detail, text=text)
    if isinstance(error, RequestValidationError):
        errors = tuple(_input_errors(error))
        detail = "; ".join(f"{each.field}: {each.rule}" for each in errors)
        return ErrorDescription(
            status=422, slug="input.invalid", detail=detail, text=INVALID_INPUT, errors=errors
        )
    return ErrorDescription(status=500, slug="bug", detail=BUG, text=BUG)


def http_slug(status: int) -> str:
    """Name an error of the protocol by its status: `http.not_found`."""
    return f"http.{HTTPStatus(status).phrase.lower().replace(' ', '_')}"


def _input_errors(error: RequestValidationError) -> list[InputError]:
    return [
        InputError(field=".".join(str(step) for step in each["loc"][1:]) or each["loc"][0], rule=each["msg"])
        for each in error.errors()
    ]


AnswerToBug = Callable[[Scope, Exception], Response]


class ErrorMiddleware:
    """Answer 500 to an unexpected exception; log its class and place, because its text may hold payload."""

    def __init__(self, application: ASGIApp, answer: AnswerToBug) -> None:
        """Wrap an application; `answer` makes the response where none was started."""
        self._application = application
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        started = False

        async def send_and_note_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._application(scope, receive, send_and_note_start)
        except Exception as bug:  # noqa: BLE001 - the server would log the exception with its text
            _log_bug(bug)
            if not started:
                await self._answer(scope, bug)(scope, receive, send)


def _log_bug(bug: Exception) -> None:
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    place = f"{PurePath(frame.filename).name}:{frame.lineno}"
    log.write({"severity": "ERROR", "message": "bug", "reason": type(bug).__name__, "raisedAt": place})
