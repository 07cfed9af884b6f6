"""Roles: who may look, act on one message, or act on many and see personal data.

Each route declares the role it needs: `dependencies=[require_role(Role.OPERATOR, "replay")]`. The schedule
has no role; the routes it may call declare that.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from fastapi import Depends, HTTPException, Request

from shared.errors import Transient
from shared.failed_messages.access_denials import DeniedAttempt
from shared.telemetry import log
from web.identity import CurrentUser

_ID = re.compile("[0-9a-f]{32}")


class Role(IntEnum):
    """Each role includes the ones before it."""

    NONE = 0
    VIEWER = 1
    OPERATOR = 2
    APPROVER = 3


@dataclass(frozen=True, slots=True)
class RequiredRole:
    """The role a route needs, and the name of its action in the log of access denials."""

    role: Role
    action: str
    scheduled: bool = False
    """The schedule may call the route, too."""

    async def __call__(self, request: Request, user: CurrentUser) -> None:
        """Authorize the current user; record and refuse (403) an attempt without the role."""
        if request.state.scheduled and self.scheduled:
            return
        held = request.state.role = _find_role(request, user)
        if held >= self.role:
            return
        ids = [each for each in request.path_params.values() if _ID.fullmatch(str(each))]
        target = ids[0] if ids else ""
        await _record(
            request, DeniedAttempt(by=user, role=held.name.lower(), action=self.action, target=target)
        )
        raise HTTPException(403, f"This needs the role {self.role.name.lower()}.")


def require_role(role: Role, action: str = "view", *, scheduled: bool = False) -> Any:
    """Declare the role that a route needs; `action` must not change, because it is stored."""
    return Depends(RequiredRole(role, action, scheduled))


def _find_role(request: Request, user: str) -> Role:
    """Return a user's role; without a list of roles every person is an approver."""
    roles = request.app.state.roles
    if request.state.scheduled:
        return Role.NONE
    if request.app.state.identity is None or not roles:
        return Role.APPROVER
    return Role[str(roles.get(user, "viewer")).upper()]


async def _record(request: Request, attempt: DeniedAttempt) -> None:
    fields = {"by": attempt.by, "role": attempt.role, "action": attempt.action, "target": attempt.target}
    log.write({"severity": "WARNING", "message": "denied", **fields})
    try:
        await request.app.state.services.denials.record(attempt)
    except Transient as error:
        message = "denied attempt not recorded"
        log.write({"severity": "ERROR", "message": message, "reason": error.slug, **fields})
