"""The current user: the account that Identity-Aware Proxy verified, or a fixed one on the local stack."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

VERIFIED_EMAIL = "x-goog-authenticated-user-email"
"""Set by Identity-Aware Proxy, which removes a client's own header of this name; "issuer:email"."""

LOCAL_USER = "local"


async def current_user(request: Request) -> str:
    """Return the user of a request; raise 401 where the proxy did not verify one."""
    user = LOCAL_USER
    if not request.app.state.local:
        user = request.headers.get(VERIFIED_EMAIL, "").rpartition(":")[2]
        if not user:
            raise HTTPException(401, "no verified identity")
    request.state.user = user
    return user


CurrentUser = Annotated[str, Depends(current_user)]
