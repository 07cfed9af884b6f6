"""Who pushes: the account that a push's OIDC token names, verified by this process itself.

Cloud Run verifies the same before a request gets here, and then removes the token's signature. So this
is for where something else stands before the function, and off unless accounts are set.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import google.auth.transport.requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

from shared.errors import Unidentified

ISSUERS: Final = frozenset({"accounts.google.com", "https://accounts.google.com"})
CERTIFICATES: Final = "https://www.googleapis.com/oauth2/v1/certs"
FRESH: Final = 3600.0
"""Seconds for which Google's certificates are kept: it announces new ones days before it uses them."""

Certificates = Callable[[], Mapping[str, Any]]
"""Fetches the public keys that tokens may be signed with, by id; it may block, and raise GoogleAuthError."""


class PushIdentity:
    """Accept requests of some accounts, meant for one audience."""

    def __init__(
        self, audience: str, accounts: Collection[str], certificates: Certificates | None = None
    ) -> None:
        """Take the URL that tokens are made for, the accounts' e-mail addresses, and whence keys come."""
        self._audience = audience
        self._accounts = frozenset(accounts)
        self._fetch = certificates or google_certificates
        self._known: tuple[float, Mapping[str, Any]] = (-FRESH, {})

    async def check(self, authorization: str) -> None:
        """Let a header pass that bears a valid token: signature, time, audience, issuer and account.

        Raises Unidentified.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unidentified("authorization: must be a bearer token")
        try:
            claims = jwt.decode(token, certs=await self._certificates(), audience=self._audience)  # type: ignore[no-untyped-call]  # published so
        except (GoogleAuthError, ValueError):
            raise Unidentified("authorization: is not a valid token for this function") from None
        if claims.get("iss") not in ISSUERS or claims.get("email_verified") is not True:
            raise Unidentified("authorization: does not name a verified account")
        if claims.get("email") not in self._accounts:
            raise Unidentified("authorization: is of another account")

    async def _certificates(self) -> Mapping[str, Any]:
        fetched, known = self._known
        if time.monotonic() - fetched >= FRESH:
            known = await asyncio.to_thread(self._fetch)
            self._known = (time.monotonic(), known)
        return known


def google_certificates() -> Mapping[str, Any]:
    """Fetch the certificates that Google signs tokens with."""
    request = google.auth.transport.requests.Request()
    certificates: Mapping[str, Any] = id_token._fetch_certs(request, CERTIFICATES)  # type: ignore[no-untyped-call]  # noqa: SLF001 - what verify_token uses
    return certificates
