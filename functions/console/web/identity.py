"""The current user: proven by Identity-Aware Proxy's signed header, or named by the local stack's address.

The schedule calls past the proxy, by an OIDC token of its own account. Cloud Run verifies that token and
removes its signature, so the process can only check the claims. Therefore such a request may use nothing
but the routes of the schedule, which start work that is due anyway.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from shared.errors import Unidentified
from shared.gcp.iap import ASSERTION_HEADER, IapVerifier
from shared.gcp.oidc import check_platform_verified

LOCAL_USER = "local"
"""The user of the local stack, at any address that names no other one."""


@dataclass(frozen=True, slots=True)
class User:
    """Who sent a request; `scheduled` marks the schedule."""

    name: str
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Identify the sender of a request."""

    iap: IapVerifier
    schedule_account: str
    """The schedule's account; empty where there is no schedule."""

    async def identify(self, request: Request) -> User:
        """Return the sender; raise Unidentified where no sender is proven."""
        assertion = request.headers.get(ASSERTION_HEADER)
        if assertion is not None:
            return User(await self.iap.verify(assertion))
        if not self.schedule_account:
            raise Unidentified(f"{ASSERTION_HEADER}: is missing")
        audience = f"https://{request.headers.get('host', '')}"
        check_platform_verified(request.headers.get("authorization", ""), audience, self.schedule_account)
        return User(self.schedule_account, scheduled=True)


async def current_user(request: Request) -> str:
    """Return the name of the user; raise 401 where it is not proven."""
    identity: Identity | None = request.app.state.identity
    try:
        user = await identity.identify(request) if identity else _local_user(request)
    except Unidentified:
        raise HTTPException(401, "Your identity could not be verified: sign in again") from None
    request.state.user = user.name
    request.state.scheduled = user.scheduled
    return user.name


def _local_user(request: Request) -> User:
    """Return the person of an address such as http://ann.localhost:8080, which leads to this machine.

    So one person at the local stack can act as two. Deployed, an address proves nothing.
    """
    name, _, domain = (request.url.hostname or "").partition(".")
    return User(name if domain == "localhost" else LOCAL_USER)


CurrentUser = Annotated[str, Depends(current_user)]
