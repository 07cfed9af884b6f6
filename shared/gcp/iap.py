"""Identity-Aware Proxy's signed header: the only proof of who signed in.

The proxy also sets plain headers with the user's e-mail address. A caller that reaches the process past the
proxy can write those, so they are never read.
"""

from typing import Final

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from shared.errors import Unidentified
from shared.gcp.signing_keys import SigningKeys, fetch_iap_keys

ASSERTION_HEADER: Final = "x-goog-iap-jwt-assertion"
ISSUER: Final = "https://cloud.google.com/iap"
ALGORITHM: Final = "ES256"
CLOCK_SKEW_S: Final = 30
"""The difference between two clocks that Google's documentation asks to allow."""


class IapVerifier:
    """Verify signed headers made for one audience."""

    def __init__(self, audience: str, keys: SigningKeys | None = None) -> None:
        """Accept headers for the backend `audience`."""
        self._audience = audience
        self._keys = keys or SigningKeys(fetch_iap_keys)

    async def verify(self, assertion: str) -> str:
        """Verify signature, algorithm, time, audience and issuer; return the user's e-mail address.

        Raises Unidentified.
        """
        if not self._audience:
            raise Unidentified(f"{ASSERTION_HEADER}: no audience is configured")
        try:
            header = jwt.decode_header(assertion)  # type: ignore[no-untyped-call]  # untyped library
            if header.get("alg") != ALGORITHM or not header.get("kid"):
                raise Unidentified(f"{ASSERTION_HEADER}: must be signed by {ALGORITHM} with a named key")
            claims = jwt.decode(  # type: ignore[no-untyped-call]  # untyped library
                assertion,
                certs=await self._keys.current(),
                audience=self._audience,
                clock_skew_in_seconds=CLOCK_SKEW_S,
            )
        except (GoogleAuthError, ValueError):
            raise Unidentified(f"{ASSERTION_HEADER}: is not a valid assertion for this console") from None
        email = claims.get("email")
        if claims.get("iss") != ISSUER or not isinstance(email, str) or not email:
            raise Unidentified(f"{ASSERTION_HEADER}: does not name a user of the proxy")
        return email
