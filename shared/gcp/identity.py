"""Who this process is, told to another service of Google's platform."""

import google.auth.transport.requests
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token


class NoIdentity(Exception):
    """The platform gives this process no token."""


def identity_token(audience: str) -> str:
    """Fetch an OIDC token of this process's service account for a service's URL; it blocks.

    Raises NoIdentity.
    """
    request = google.auth.transport.requests.Request()
    try:
        token = id_token.fetch_id_token(request, audience)  # type: ignore[no-untyped-call]  # published so
    except GoogleAuthError as error:
        raise NoIdentity(type(error).__name__) from None
    return str(token)
