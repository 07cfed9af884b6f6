"""The console as one application: pages for people, JSON for programs."""

import httpx2
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from api import denied, failed, overview, runs
from api.bugs import BugGuard
from api.guard import guarded
from api.identity import who
from pages.site import site
from pages.traffic import TrafficSource
from shared.errors import Transient
from shared.failed_messages.errors import ReviewError
from shared.failed_messages.services import Review
from shared.gcp.firestore.query import BadCursor
from shared.privacy.keysets import load_cipher
from shared.settings import ConsoleSettings


def build(review: Review, settings: ConsoleSettings) -> FastAPI:
    """Make the application over a review; its description is at `/api/openapi.json`."""
    application = FastAPI(
        title="Review of failed messages",
        version="1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
    )
    application.state.review = review
    application.state.local = settings.local
    application.state.roles = settings.roles
    application.add_middleware(BugGuard)
    application.include_router(_api())
    application.add_exception_handler(ReviewError, _refused)
    application.add_exception_handler(BadCursor, _bad_cursor)
    application.add_exception_handler(Transient, _unavailable)
    cipher = load_cipher(settings)
    traffic = TrafficSource(httpx2.AsyncClient(), settings.metrics_url)
    application.mount(
        "/", site(review, cipher, traffic, local=settings.local, roles=dict[str, str](settings.roles))
    )
    return application


def _api() -> APIRouter:
    router = APIRouter(prefix="/api", dependencies=[Depends(guarded), Depends(who)])
    for part in (overview, failed, runs, denied):
        router.include_router(part.router)
    return router


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ReviewError)  # noqa: S101 - registered for nothing else
    return _told(error.status, error.slug, str(error))


async def _bad_cursor(_: Request, error: Exception) -> JSONResponse:
    return _told(400, "cursor.invalid", str(error))


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Transient)  # noqa: S101 - registered for nothing else
    return _told(503, error.slug, str(error))


def _told(status: int, slug: str, detail: str) -> JSONResponse:
    return JSONResponse({"error": slug, "detail": detail}, status)
