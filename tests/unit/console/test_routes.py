"""Every route of the console declares who may use it, and every action is protected against other sites."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx2
from fastapi.routing import iter_route_contexts

from application import _build_api_router
from pages.site import build_pages
from pages.traffic import TrafficSource
from pages.wording import DENIED_ACTIONS
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from web.csrf import SAFE_METHODS, FormTokens, csrf_protect, require_json_same_origin
from web.roles import RequiredRole, Role

APPROVERS = {
    *("unmask", "editor", "denied", "customer-searches"),
    *("runs", "advance", "pause-run", "resume-run", "cancel"),
}
"""Actions on many messages or with personal data, as stored in the log of access denials."""

SEARCHES = {"/search", "/api/search"}
"""They change nothing; a form sends the searched text, because an address is logged."""


def now() -> datetime:
    """Return a fixed time."""
    return datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Route:
    """A route as it is served: with the dependencies of the routers around it."""

    path: str
    methods: frozenset[str]
    dependencies: tuple[object, ...]

    @property
    def roles(self) -> list[RequiredRole]:
        """Return the roles that the route declares."""
        return [each for each in self.dependencies if isinstance(each, RequiredRole)]


@cache
def routes() -> list[Route]:
    """Return every route of the API and of the pages."""
    pages = build_pages(FormTokens(Cipher(new_keyset()), now), TrafficSource(httpx2.AsyncClient(), None), now)
    return [
        Route(each.path or "", frozenset(each.methods or ()), tuple(calls(each.dependant)))
        for each in iter_route_contexts([*_build_api_router().routes, *pages.routes])
        if getattr(each, "dependant", None) is not None
    ]


def calls(dependant: Any) -> Iterator[object]:
    """Yield every dependency of a route, those of its dependencies included."""
    for each in dependant.dependencies:
        yield each.call
        yield from calls(each)


def test_every_route_declares_one_role() -> None:
    """A route without `require_role` would be open to every visitor."""
    declared = {(*route.methods, route.path): len(route.roles) for route in routes()}

    assert len(declared) > 30
    assert {each: number for each, number in declared.items() if number != 1} == {}


def test_actions_on_many_and_personal_data_need_an_approver() -> None:
    """Looking is for viewers, acting on one message for operators, everything else for approvers.

    The contracts are for every signed-in person.
    """
    for route in routes():
        (required,) = route.roles
        if required.action in APPROVERS:
            expected = Role.APPROVER
        elif route.path.startswith("/contracts"):
            expected = Role.NONE
        else:
            reads = route.methods <= SAFE_METHODS or route.path in SEARCHES
            expected = Role.VIEWER if reads else Role.OPERATOR
        assert required.role is expected, route.path


def test_the_log_names_an_action_by_the_last_word_of_its_route() -> None:
    """Stored actions keep their names, and each has its words on the page of access denials."""
    for route in routes():
        (required,) = route.roles
        if required.role <= Role.VIEWER:
            continue
        words = [step for step in route.path.split("/") if step and not step.startswith("{")]
        assert required.action == words[-1]
        assert required.action in DENIED_ACTIONS


def test_every_action_is_protected_against_other_sites() -> None:
    """The API takes JSON of its own origin only, pages take only forms that the console served."""
    for route in routes():
        if route.methods <= SAFE_METHODS:
            continue
        expected = require_json_same_origin if route.path.startswith("/api/") else csrf_protect
        assert expected in route.dependencies, route.path
