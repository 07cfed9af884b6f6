"""The console as one web application: pages for people, a JSON API for programs."""

import httpx2
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from api import automatic_replay, bulk_operations, failed_messages, overview
from pages.site import site
from pages.traffic import TrafficSource
from shared.bootstrap.adapters import utc_now
from shared.failed_messages.services import ConsoleServices
from shared.gcp.iap import IapVerifier
from shared.privacy.keysets import load_cipher
from shared.settings import ConsoleSettings
from web.csrf import FormTokens, require_json_same_origin
from web.errors import EXPECTED, ErrorMiddleware, describe
from web.identity import Identity


def build(services: ConsoleServices, settings: ConsoleSettings) -> FastAPI:
    """Build the application; `/api/openapi.json` describes its API."""
    application = FastAPI(
        title="Review of failed messages",
        version="1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
    )
    tokens = FormTokens(load_cipher(settings), utc_now)
    pages = site(tokens, TrafficSource(httpx2.AsyncClient(), settings.metrics_url), utc_now)
    identity = (
        None if settings.local else Identity(IapVerifier(settings.iap_audience), settings.schedule_account)
    )
    for part in (application, pages):
        part.state.services = services
        part.state.identity = identity
        part.state.roles = dict[str, str](settings.roles)
    application.add_middleware(ErrorMiddleware)
    application.include_router(_api())
    for error in EXPECTED:
        application.add_exception_handler(error, _error_response)
    application.mount("/", pages)
    return application


def _api() -> APIRouter:
    router = APIRouter(prefix="/api", dependencies=[Depends(require_json_same_origin)])
    for part in (overview, failed_messages, bulk_operations, automatic_replay):
        router.include_router(part.router)
    return router


async def _error_response(_: Request, error: Exception) -> JSONResponse:
    described = describe(error)
    return JSONResponse({"error": described.slug, "detail": described.detail}, described.status)
