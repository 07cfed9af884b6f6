"""OIDC tokens between services: fetch this process's own, and verify a caller's.

Cloud Run verifies a caller's token before the request reaches the process, and then removes its signature.
So `TokenVerifier` serves where something else stands in front of the process; without accounts it is off.
"""

import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import google.auth.transport.requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

from shared.errors import Unidentified
from shared.gcp.signing_keys import FetchKeys, SigningKeys, fetch_oidc_keys

ISSUERS: Final = frozenset({"accounts.google.com", "https://accounts.google.com"})

SIGNATURE_REMOVED: Final = "SIGNATURE_REMOVED_BY_GOOGLE"
"""What Cloud Run writes in place of a signature that it verified."""


class TokenUnavailable(Exception):
    """The platform gives this process no token."""


class TokenVerifier:
    """Accept tokens of listed accounts, made for one audience."""

    def __init__(self, audience: str, accounts: Collection[str], fetch: FetchKeys | None = None) -> None:
        """Accept tokens for the URL `audience`; `accounts` are e-mail addresses."""
        self._audience = audience
        self._accounts = frozenset(accounts)
        self._keys = SigningKeys(fetch or fetch_oidc_keys)

    async def verify(self, authorization: str) -> None:
        """Verify signature, time, audience, issuer and account of an Authorization header's token.

        Raises Unidentified.
        """
        try:
            claims = jwt.decode(  # type: ignore[no-untyped-call]  # untyped library
                _bearer_token(authorization), certs=await self._keys.current(), audience=self._audience
            )
        except (GoogleAuthError, ValueError):
            raise Unidentified("authorization: is not a valid token for this function") from None
        _check_account(claims, self._accounts)


def check_platform_verified(authorization: str, audience: str, account: str) -> None:
    """Check the claims of a token that Cloud Run has verified and left without its signature.

    Such a token proves something only where Cloud Run refuses every caller without a valid one.
    Raises Unidentified.
    """
    token = _bearer_token(authorization)
    if token.rpartition(".")[2] != SIGNATURE_REMOVED:
        raise Unidentified("authorization: was not verified by the platform")
    unsigned = token.removesuffix(SIGNATURE_REMOVED)
    try:
        claims = jwt.decode(unsigned + "AAAA", verify=False)  # type: ignore[no-untyped-call]  # untyped library
    except (GoogleAuthError, ValueError):
        raise Unidentified("authorization: is not a token") from None
    expires = claims.get("exp")
    if not isinstance(expires, int) or expires <= time.time():
        raise Unidentified("authorization: has expired")
    if claims.get("aud") != audience:
        raise Unidentified("authorization: is not for this service")
    _check_account(claims, frozenset({account}))


def _bearer_token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unidentified("authorization: must be a bearer token")
    return token


def _check_account(claims: Mapping[str, Any], accounts: frozenset[str]) -> None:
    if claims.get("iss") not in ISSUERS or claims.get("email_verified") is not True:
        raise Unidentified("authorization: does not name a verified account")
    if claims.get("email") not in accounts:
        raise Unidentified("authorization: is of another account")


def fetch_identity_token(audience: str) -> str:
    """Fetch an OIDC token of this process's service account for a service's URL; it blocks.

    Raises TokenUnavailable.
    """
    request = google.auth.transport.requests.Request()
    try:
        token = id_token.fetch_id_token(request, audience)  # type: ignore[no-untyped-call]  # untyped library
    except GoogleAuthError as error:
        raise TokenUnavailable(type(error).__name__) from None
    return str(token)
