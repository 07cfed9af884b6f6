"""OIDC tokens between services: fetch this process's own, and verify a caller's.

Cloud Run verifies a caller's token before the request reaches the process, and then removes its signature.
So `TokenVerifier` serves where something else stands in front of the process; without accounts it is off.
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
CERTIFICATES_URL: Final = "https://www.googleapis.com/oauth2/v1/certs"
CERTIFICATES_LIFETIME_S: Final = 3600.0
"""Time to keep Google's certificates: Google publishes new ones days before it uses them."""

FetchCertificates = Callable[[], Mapping[str, Any]]
"""Fetches the public keys of tokens, by key id; it may block, and raise GoogleAuthError."""


class TokenUnavailable(Exception):
    """The platform gives this process no token."""


class TokenVerifier:
    """Accept tokens of listed accounts, made for one audience."""

    def __init__(
        self, audience: str, accounts: Collection[str], fetch: FetchCertificates | None = None
    ) -> None:
        """Accept tokens for the URL `audience`; `accounts` are e-mail addresses."""
        self._audience = audience
        self._accounts = frozenset(accounts)
        self._fetch = fetch or fetch_google_certificates
        self._cached: tuple[float, Mapping[str, Any]] = (-CERTIFICATES_LIFETIME_S, {})

    async def verify(self, authorization: str) -> None:
        """Verify signature, time, audience, issuer and account of an Authorization header's token.

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
        fetched_at, certificates = self._cached
        if time.monotonic() - fetched_at >= CERTIFICATES_LIFETIME_S:
            certificates = await asyncio.to_thread(self._fetch)
            self._cached = (time.monotonic(), certificates)
        return certificates


def fetch_google_certificates() -> Mapping[str, Any]:
    """Fetch the certificates of Google's token issuer."""
    request = google.auth.transport.requests.Request()
    certificates: Mapping[str, Any] = id_token._fetch_certs(request, CERTIFICATES_URL)  # type: ignore[no-untyped-call]  # noqa: SLF001 - what verify_token uses
    return certificates


def fetch_identity_token(audience: str) -> str:
    """Fetch an OIDC token of this process's service account for a service's URL; it blocks.

    Raises TokenUnavailable.
    """
    request = google.auth.transport.requests.Request()
    try:
        token = id_token.fetch_id_token(request, audience)  # type: ignore[no-untyped-call]  # published so
    except GoogleAuthError as error:
        raise TokenUnavailable(type(error).__name__) from None
    return str(token)
