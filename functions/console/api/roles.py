"""What each person may do: look, act on one message, or act on many and see personal data."""

import re
from enum import IntEnum

from fastapi import HTTPException, Request

from shared.errors import Transient
from shared.failed_messages.access_denial import Attempted
from shared.failed_messages.services import Review
from shared.telemetry import log

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SHOWING_PERSONAL_DATA = frozenset({"unmask", "editor"})
APPROVERS_PAGES = frozenset({"denied"})
_ID = re.compile("[0-9a-f]{32}")


class Role(IntEnum):
    """Each may do what those before it may."""

    VIEWER = 1
    OPERATOR = 2
    APPROVER = 3


def needed(method: str, template: str) -> Role:
    """Say whose a route is: runs and personal data are an approver's, other actions an operator's."""
    steps = _steps(template)
    if method in SAFE:
        return Role.APPROVER if steps[0] in APPROVERS_PAGES else Role.VIEWER
    many_or_personal = steps[0] == "runs" or steps[-1] in SHOWING_PERSONAL_DATA
    return Role.APPROVER if many_or_personal else Role.OPERATOR


async def allow(request: Request, person: str) -> None:
    """Raise 403 for what a role does not allow, and record that it was tried; without roles all may all."""
    roles = request.app.state.roles
    held = Role[str(roles.get(person, "viewer")).upper()] if roles else Role.APPROVER
    request.state.role = held
    wanted = needed(request.method, request.scope["route"].path)
    if held < wanted:
        await _record(request.app.state.review, _attempted(request, person, held))
        raise HTTPException(403, f"This needs the role {wanted.name.lower()}.")


def _attempted(request: Request, person: str, held: Role) -> Attempted:
    """Tell an attempt in words that only the routes choose, but for an id: anything may be in an address."""
    named = [step for step in _steps(request.scope["route"].path) if not step.startswith("{")]
    ids = [each for each in request.path_params.values() if _ID.fullmatch(str(each))]
    return Attempted(by=person, role=held.name.lower(), action=named[-1], target=ids[0] if ids else "")


async def _record(review: Review, tried: Attempted) -> None:
    told = {"by": tried.by, "role": tried.role, "action": tried.action, "target": tried.target}
    log.write({"severity": "WARNING", "message": "denied", **told})
    try:
        await review.denials.note(tried)
    except Transient as error:
        log.write(
            {"severity": "ERROR", "message": "denied attempt not recorded", "reason": error.slug, **told}
        )


def _steps(template: str) -> list[str]:
    return template.strip("/").removeprefix("api/").split("/")
