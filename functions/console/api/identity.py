"""Who asks: the account Identity-Aware Proxy has verified, or nobody in particular on the local stack."""

from fastapi import HTTPException, Request

from api.roles import Role, allow

VERIFIED_EMAIL = "x-goog-authenticated-user-email"
"""Set by Identity-Aware Proxy, which removes what a client sends by this name; "issuer:email"."""

LOCAL = "local"


async def who(request: Request) -> str:
    """Name who sends a request; raise 401 where nobody verified that, 403 where their role is too low."""
    if request.app.state.local:
        request.state.role = Role.APPROVER
        return LOCAL
    email = request.headers.get(VERIFIED_EMAIL, "").rpartition(":")[2]
    if not email:
        raise HTTPException(401, "no verified identity")
    await allow(request, email)
    return email
