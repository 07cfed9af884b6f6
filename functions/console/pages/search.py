"""One search for orders, failed messages, groups and customers."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from pages.rendering import show
from shared.failed_messages.search import SearchResult
from web.dependencies import MAX_TERM_LENGTH, Services
from web.identity import CurrentUser
from web.roles import Role, require_role
from web.search_links import SearchLinks

router = APIRouter()
forms = APIRouter()
viewer = require_role(Role.VIEWER)

Term = Annotated[str, Form(max_length=MAX_TERM_LENGTH)]
Link = Annotated[str, Query(alias="for", max_length=4000)]


@forms.post("/search", dependencies=[viewer])
async def search(request: Request, services: Services, user: CurrentUser, term: Term = "") -> Response:
    """Find an id, a customer or a text; show a single result at once."""
    term = term.strip()
    if not term:
        return RedirectResponse("/messages", status_code=303)
    found = await services.search.find(term, by=user)
    address = _page_address(found) or f"/search?for={_search_links(request).write(term, user)}"
    return RedirectResponse(address, status_code=303)


@router.get("/search", dependencies=[viewer])
async def results(request: Request, services: Services, user: CurrentUser, link: Link) -> Response:
    """Show what a search found."""
    term = _search_links(request).read(link, user)
    if term is None:
        raise HTTPException(404, "This search belongs to another user. Search again.")
    return show(request, "search.html", term=term, found=await services.search.repeat(term))


def _page_address(found: SearchResult) -> str | None:
    """Return the page of the one record with exactly the searched id."""
    if found.message_id:
        return f"/messages/{found.message_id}"
    if found.group_id:
        return f"/groups/{found.group_id}"
    return "/orders?" + urlencode({"id": found.order_id}) if found.order_id else None


def _search_links(request: Request) -> SearchLinks:
    links: SearchLinks = request.app.state.search_links
    return links
