"""What becomes of a bug: its kind and its place are logged. Its text may hold payload and goes nowhere."""

import traceback
from pathlib import PurePath

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry import log


class BugGuard:
    """Answer 500 where an application raises; servers would log the exception with its text."""

    def __init__(self, application: ASGIApp) -> None:
        """Wrap an application."""
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answering = False

        async def watched(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self._application(scope, receive, watched)
        except Exception as bug:  # noqa: BLE001 - whatever it is, nobody else may tell of it
            _tell(bug)
            if not answering:
                await JSONResponse({"error": "bug", "detail": ""}, 500)(scope, receive, send)


def _tell(bug: Exception) -> None:
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    place = f"{PurePath(frame.filename).name}:{frame.lineno}"
    log.write({"severity": "ERROR", "message": "bug", "reason": type(bug).__name__, "raisedAt": place})
