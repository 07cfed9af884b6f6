"""The console as one web application: pages for people, a JSON API for programs."""

from typing import Any

import httpx2
from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api import (
    audit,
    automatic_replay,
    bulk_operations,
    failed_messages,
    orders,
    overview,
    problems,
    repairs,
    reports,
    schedule,
    search,
)
from pages.site import build_pages
from pages.traffic import TrafficSource
from shared.bootstrap.adapters import utc_now
from shared.contracts.published import read_asyncapi
from shared.failed_messages.console_services import ConsoleServices
from shared.gcp.iap import IapVerifier
from shared.privacy.keysets import load_cipher
from shared.settings import ConsoleSettings
from web.csrf import FormTokens, require_json_same_origin
from web.errors import EXPECTED_ERRORS, ErrorMiddleware
from web.identity import Identity


class Api(FastAPI):
    """The JSON API; `/api/openapi.json` describes it, its problems included."""

    def openapi(self) -> dict[str, Any]:
        """Describe the API."""
        if not self.openapi_schema:
            self.openapi_schema = problems.document_problems(super().openapi())
        return self.openapi_schema


def build_application(services: ConsoleServices, settings: ConsoleSettings) -> ASGIApp:
    """Build the application."""
    tokens = FormTokens(load_cipher(settings), utc_now)
    pages = build_pages(tokens, TrafficSource(httpx2.AsyncClient(), settings.metrics_url), utc_now)
    pages.state.asyncapi = read_asyncapi()
    api = _build_api_application()
    identity = (
        None if settings.local else Identity(IapVerifier(settings.iap_audience), settings.schedule_account)
    )
    for part in (api, pages):
        part.state.services = services
        part.state.identity = identity
        part.state.roles = dict[str, str](settings.roles)
    return _dispatch_by_path(api, pages)


def _dispatch_by_path(api: ASGIApp, pages: ASGIApp) -> ASGIApp:
    """Pass paths below /api to the API, which answers unknown ones as JSON, and others to the pages."""

    async def console(scope: Scope, receive: Receive, send: Send) -> None:
        part = api if scope["path"].startswith("/api/") else pages
        await part(scope, receive, send)

    return console


def _build_api_application() -> FastAPI:
    application = Api(
        title="Review of failed messages",
        version="1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
    )
    application.add_middleware(ErrorMiddleware, answer=problems.error_response)
    application.include_router(_build_api_router())
    for error in EXPECTED_ERRORS:
        application.add_exception_handler(error, problems.problem_response)
    return application


def _build_api_router() -> APIRouter:
    router = APIRouter(prefix="/api", dependencies=[Depends(require_json_same_origin)])
    for part in (
        audit,
        overview,
        failed_messages,
        bulk_operations,
        repairs,
        automatic_replay,
        orders,
        schedule,
        search,
        reports,
        problems,
    ):
        router.include_router(part.router)
    router.include_router(failed_messages.ids)
    return router
