"""Errors of the API as problem details (RFC 9457): one shape for every status, documented in OpenAPI.

`type` is the address of the list of problems with the slug behind `#`. The slug is also in `error`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from shared.errors import Transient
from shared.failed_messages.errors import FailedMessageError
from web.errors import TITLES, describe, http_slug
from web.roles import Role, require_role

MEDIA_TYPE = "application/problem+json"
ADDRESS = "/api/problems"

router = APIRouter(prefix="/problems", tags=["problems"])


class InputProblem(BaseModel):
    """A part of the input that breaks a rule; the value is left out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(from_attributes=True)

    field: str
    rule: str


class Problem(BaseModel):
    """Why a request was refused or failed."""

    type: str = Field(description="The kind of problem: its place in the list of problems")
    title: str = Field(description="The kind of problem in words, by status")
    status: int
    detail: str = Field(description="What happened here; names field and rule, never a value")
    error: str = Field(description="The slug of the problem, which does not change")
    instance: str = Field(description="The path of the request")
    errors: list[InputProblem] = Field(default=[], description="Parts of the input that break a rule")


class ProblemType(BaseModel):
    """A kind of problem."""

    type: str
    error: str
    status: int
    title: str
    meaning: str


@router.get("", dependencies=[require_role(Role.VIEWER)])
async def list_problem_types() -> list[ProblemType]:
    """List the kinds of problems that the API answers with."""
    return list(_problem_types())


async def problem_response(request: Request, error: Exception) -> JSONResponse:
    """Answer an expected error."""
    return error_response(request.scope, error)


def error_response(scope: Scope, error: Exception) -> JSONResponse:
    """Answer any error as problem details."""
    described = describe(error)
    problem = Problem(
        type=f"{ADDRESS}#{described.slug}",
        title=described.title,
        status=described.status,
        detail=described.detail,
        error=described.slug,
        instance=scope["path"],
        errors=[InputProblem.model_validate(each) for each in described.errors],
    )
    headers = error.headers if isinstance(error, HTTPException) else None
    body = problem.model_dump(exclude_defaults=True)
    return JSONResponse(body, described.status, headers, media_type=MEDIA_TYPE)


def document_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Write into an OpenAPI document which problems each operation may answer with."""
    schemas = document["components"]["schemas"]
    schemas |= {"InputProblem": InputProblem.model_json_schema()}
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    problem.pop("$defs")
    schemas["Problem"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status in _possible_statuses(path, method, operation):
                operation["responses"][str(status)] = _document_response(status)
    return document


def _possible_statuses(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[int]:
    yield from (401, 403, 422, 500, 503)
    if any(each["name"] == "cursor" for each in operation.get("parameters", ())):
        yield 400
    if "{" in path or method == "post":
        yield 404
    if method == "post":
        yield from (409, 415)


def _document_response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def _problem_types() -> Iterator[ProblemType]:
    for kind in _leaf_classes(FailedMessageError):
        yield _problem_type(kind.slug, kind.status, kind.__doc__)
    for outage in _leaf_classes(Transient):
        yield _problem_type(outage.slug, 503, outage.__doc__)
    yield _problem_type("input.invalid", 422, "A part of the input breaks a rule; `errors` names each.")
    yield _problem_type("bug", 500, "The console's code raised an unexpected exception.")
    for status in (401, 403, 404, 405, 415):
        yield _problem_type(http_slug(status), status, f"{TITLES[status]}.")


def _leaf_classes(kind: type[Any]) -> Iterator[type[Any]]:
    children = kind.__subclasses__()
    for each in children:
        yield from _leaf_classes(each)
    if not children:
        yield kind


def _problem_type(slug: str, status: int, meaning: str | None) -> ProblemType:
    return ProblemType(
        type=f"{ADDRESS}#{slug}",
        error=slug,
        status=status,
        title=TITLES[status],
        meaning=(meaning or "").strip().partition("\n")[0],
    )
