"""All pages as one application, to be mounted beside the API."""

from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from pages import actions, denied, editing, messages, orders, overview, runs
from pages.form_guard import own_form, visitor
from pages.form_tokens import FormTokens
from pages.refusals import tell_refusals
from pages.rendering import FOLDER
from pages.security_headers import SecurityHeaders
from pages.traffic import TrafficSource
from shared.bootstrap.adapters import utc_now
from shared.failed_messages.services import Review
from shared.privacy.encryption import Cipher


def site(
    review: Review, cipher: Cipher, traffic: TrafficSource, *, local: bool, roles: dict[str, str]
) -> FastAPI:
    """Make the pages over a review; `local` says that nobody signs in here."""
    pages = FastAPI(openapi_url=None)
    pages.state.review = review
    pages.state.traffic = traffic
    pages.state.local = local
    pages.state.roles = roles
    pages.state.clock = utc_now
    pages.state.tokens = FormTokens(cipher, utc_now)
    pages.add_middleware(SecurityHeaders)
    pages.mount("/static", StaticFiles(directory=FOLDER / "static"))
    pages.include_router(_reading())
    pages.include_router(_acting())
    tell_refusals(pages)
    return pages


def _reading() -> APIRouter:
    router = APIRouter(dependencies=[Depends(visitor)])
    for part in (overview.router, messages.router, orders.router, runs.reading, denied.router):
        router.include_router(part)
    return router


def _acting() -> APIRouter:
    router = APIRouter(dependencies=[Depends(own_form)])
    for part in (actions.router, editing.router, runs.acting):
        router.include_router(part)
    return router
