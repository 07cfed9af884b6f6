"""The API answers every error as problem details, and its OpenAPI document says so."""

from functools import cache
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, Field

from application import _build_api_application, _dispatch_by_path
from shared.errors import StoreUnavailable
from shared.failed_messages.errors import InvalidCursor, NotOpen

SECRET = "CUST-123456"


class Body(BaseModel):
    """Input with a rule."""

    number: int = Field(ge=1)


@cache
def api_with_failures() -> Any:
    """Return the API with routes that fail in every way."""
    application = _build_api_application()
    router = APIRouter(prefix="/api/fail")
    errors = {
        "open": NotOpen("Already discarded"),
        "cursor": InvalidCursor("cursor: x"),
        "store": StoreUnavailable("firestore: no answer"),
        "bug": KeyError(SECRET),
    }

    @router.get("/{name}")
    async def fail(name: str) -> None:
        raise errors[name]

    @router.post("/input")
    async def check(body: Body) -> None:
        raise AssertionError(body)

    application.include_router(router)

    async def pages(*_: object) -> None:
        raise AssertionError("a page answered")

    return _dispatch_by_path(application, pages)


def client() -> httpx2.AsyncClient:
    """Return a client of that API."""
    transport = httpx2.ASGITransport(app=api_with_failures())
    return httpx2.AsyncClient(transport=transport, base_url="http://console")


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/api/fail/open", 409, "replay.not_open"),
        ("GET", "/api/fail/cursor", 400, "cursor.invalid"),
        ("GET", "/api/fail/store", 503, "store.unavailable"),
        ("GET", "/api/fail/bug", 500, "bug"),
        ("POST", "/api/fail/input", 422, "input.invalid"),
        ("GET", "/api/nothing/here", 404, "http.not_found"),
        ("GET", "/api/", 404, "http.not_found"),
        ("PUT", "/api/fail/open", 405, "http.method_not_allowed"),
    ],
)
async def test_every_error_has_one_shape(method: str, path: str, status: int, slug: str) -> None:
    """Status, type, title, detail and the slug are there, whatever failed; no value of the input is."""
    async with client() as api:
        answer = await api.request(method, path, json={"number": SECRET} if method == "POST" else None)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["error"] == slug
    assert problem["type"] == f"/api/problems#{slug}"
    assert problem["instance"] == path
    assert problem["title"]
    assert problem["detail"]
    assert SECRET not in answer.text


async def test_invalid_input_names_field_and_rule() -> None:
    """Each broken rule is an entry of its own."""
    async with client() as api:
        problem = (await api.post("/api/fail/input", json={"number": 0})).json()
    assert problem["errors"] == [{"field": "number", "rule": "Input should be greater than or equal to 1"}]
    assert problem["detail"] == "number: Input should be greater than or equal to 1"


async def test_a_wrong_method_names_the_right_ones() -> None:
    """The header that the protocol asks for is kept."""
    async with client() as api:
        answer = await api.put("/api/fail/open")
    assert answer.headers["allow"] == "GET"


async def test_every_operation_documents_its_problems() -> None:
    """The OpenAPI document has the shape for every status, and no other one."""
    async with client() as api:
        described: dict[str, Any] = (await api.get("/api/openapi.json")).json()
    assert {"Problem", "InputProblem"} <= described["components"]["schemas"].keys()
    assert "HTTPValidationError" not in described["components"]["schemas"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            responses = {int(status): body for status, body in operation["responses"].items()}
            wanted = {401, 403, 422, 500, 503} | ({404, 409, 415} if method == "post" else set())
            assert wanted <= responses.keys(), (path, method)
            for status, body in responses.items():
                if status >= 400:
                    assert list(body["content"]) == ["application/problem+json"]
