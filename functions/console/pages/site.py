"""All pages as one application, mounted beside the API."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

from pages import (
    audit,
    bulk_operations,
    contracts,
    editing,
    message,
    messages,
    orders,
    overview,
    producer_report,
    repairs,
    search,
)
from pages.rendering import FOLDER, show
from pages.security_headers import SecurityHeaders
from pages.traffic import TrafficSource
from web.csrf import FormTokens, csrf_protect
from web.errors import EXPECTED_ERRORS, ErrorMiddleware, describe
from web.search_links import SearchLinks


def build_pages(tokens: FormTokens, traffic: TrafficSource, clock: Callable[[], datetime]) -> FastAPI:
    """Build the pages; the caller adds services, identity and roles to their state."""
    pages = FastAPI(openapi_url=None)
    pages.state.tokens = tokens
    pages.state.search_links = SearchLinks(tokens.cipher)
    pages.state.traffic = traffic
    pages.state.clock = clock
    pages.add_middleware(ErrorMiddleware, answer=_bug_page)
    pages.add_middleware(SecurityHeaders)
    pages.mount("/static", StaticFiles(directory=FOLDER / "static"))
    pages.include_router(_forms())
    parts = (
        *(audit, bulk_operations, contracts, editing, message),
        *(messages, orders, overview, producer_report, repairs, search),
    )
    for part in parts:
        pages.include_router(part.router)
    for error in EXPECTED_ERRORS:
        pages.add_exception_handler(error, _error_page)
    return pages


def _forms() -> APIRouter:
    router = APIRouter(dependencies=[Depends(csrf_protect)])
    for part in (
        messages.forms,
        overview.forms,
        message.forms,
        editing.forms,
        bulk_operations.forms,
        repairs.forms,
        search.forms,
    ):
        router.include_router(part)
    return router


async def _error_page(request: Request, error: Exception) -> Response:
    described = describe(error)
    status = 400 if isinstance(error, RequestValidationError) else described.status
    return show(request, "error.html", status, title=described.title, detail=described.text)


def _bug_page(_: Scope, bug: Exception) -> Response:
    """Answer an unexpected exception without a template: the template may be what failed."""
    described = describe(bug)
    return PlainTextResponse(f"{described.title}\n\n{described.text}\n", described.status)
