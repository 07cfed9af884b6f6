"""The published contracts, for producers and consumers: every signed-in person may read them."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from pages.contract_view import ContractView, contract_views
from pages.rendering import show
from web.roles import Role, require_role

router = APIRouter(prefix="/contracts")
signed_in = require_role(Role.NONE)

Term = Annotated[str, Query(alias="q", max_length=200)]


@router.get("", dependencies=[signed_in])
async def contracts(request: Request, term: Term = "") -> Response:
    """List the messages with every word of the search in their names, fields or texts."""
    found = [each for each in _views(request).values() if each.matches(term)]
    return show(request, "contracts.html", term=term.strip(), found=found)


@router.get("/asyncapi.json", dependencies=[signed_in])
async def asyncapi(request: Request) -> Response:
    """Return the AsyncAPI document."""
    return JSONResponse(_document(request))


@router.get("/{key}", dependencies=[signed_in])
async def contract(request: Request, key: str) -> Response:
    """Show one message: attributes, fields, and an example to copy."""
    return show(request, "contract.html", contract=_find(request, key))


@router.get("/{key}/schema.json", dependencies=[signed_in])
async def schema(request: Request, key: str) -> Response:
    """Return the JSON Schema of a message's payload."""
    return JSONResponse(_find(request, key).schema)


def _find(request: Request, key: str) -> ContractView:
    found = _views(request).get(key)
    if found is None:
        raise HTTPException(404, "No message has this name.")
    return found


def _views(request: Request) -> dict[str, ContractView]:
    return contract_views(_document(request))


def _document(request: Request) -> dict[str, Any]:
    document: dict[str, Any] = request.app.state.asyncapi
    return document
