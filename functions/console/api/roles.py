"""What each person may do: look, act on one message, or act on many and see personal data."""

from enum import IntEnum

from fastapi import HTTPException, Request

from shared.adapters import log

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(IntEnum):
    """Each may do what those before it may."""

    VIEWER = 1
    OPERATOR = 2
    APPROVER = 3


def needed(method: str, path: str) -> Role:
    """Say whose a request is: runs and personal data are an approver's, any other action an operator's."""
    if method in SAFE:
        return Role.VIEWER
    steps = path.strip("/").removeprefix("api/").split("/")
    return Role.APPROVER if steps[0] == "runs" or steps[-1] == "unmask" else Role.OPERATOR


def allow(request: Request, person: str) -> None:
    """Raise 403 for what a role does not allow, and log that it was tried; without roles all may all."""
    roles = request.app.state.roles
    held = Role[str(roles.get(person, "viewer")).upper()] if roles else Role.APPROVER
    path, method = request.url.path, request.method
    if held < needed(method, path):
        tried = {"by": person, "method": method, "path": path}
        log.write({"severity": "WARNING", "message": "denied", **tried})
        raise HTTPException(403, f"This needs the role {needed(method, path).name.lower()}.")
