"""What a page says when a wish is refused or a part does not answer."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pages.rendering import show
from shared.errors import Transient
from shared.failed_messages.errors import ReviewError
from shared.gcp.firestore.query import BadCursor


def tell_refusals(site: FastAPI) -> None:
    """Answer every expected error with a page."""
    site.add_exception_handler(ReviewError, _refused)
    site.add_exception_handler(HTTPException, _http)
    site.add_exception_handler(RequestValidationError, _malformed)
    site.add_exception_handler(BadCursor, _malformed)
    site.add_exception_handler(Transient, _unavailable)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ReviewError)  # noqa: S101 - registered for nothing else
    title = "Not found" if error.status == 404 else "Not done"
    return show(request, "refused.html", error.status, title=title, detail=str(error))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return show(request, "refused.html", error.status_code, title="Not done", detail=error.detail)


async def _malformed(request: Request, _: Exception) -> Response:
    return show(
        request,
        "refused.html",
        400,
        title="Not done",
        detail="The address or form holds something unexpected.",
    )


async def _unavailable(request: Request, _: Exception) -> Response:
    told = "The store did not answer in time. Nothing was changed that is not in the history. Try again."
    return show(request, "refused.html", 503, title="Not now", detail=told)
