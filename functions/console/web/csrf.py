"""CSRF protection: no other site can have a browser act on the console.

The API takes actions as JSON only, which a form cannot send and a script of another site may not. Pages
take only forms with a token of this console. A token is encrypted with the keyset that every instance
has, so it needs neither a session nor another secret.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import tink
from fastapi import HTTPException, Request

from shared.privacy.encryption import Cipher
from web.identity import CurrentUser

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_MEDIA_TYPE = "application/json"

TOKEN_LIFETIME = timedelta(hours=12)
"""Longer than a shift leaves a page open."""

UNMASK_LIFETIME = timedelta(minutes=15)
"""How long personal data may be shown again without a new entry in the audit log."""

FORM_EXPIRED = (
    "Nothing changed: this form has expired, or another site sent it. "
    "Go back, copy what you typed, and load the page again."
)

FORMS_ASSOCIATED_DATA = "console/forms"


def require_json_same_origin(request: Request) -> None:
    """Refuse an action that is not JSON_MEDIA_TYPE (415), or that a page of another site sent (403)."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_MEDIA_TYPE:
        raise HTTPException(415, f"Content-Type must be {JSON_MEDIA_TYPE}")
    _check_origin(request)


async def csrf_protect(request: Request, user: CurrentUser) -> None:
    """Refuse a form that another site sent, or that this console did not serve to this user (403).

    Browsers name the origin of every form they post, so a form without an origin is refused too.
    """
    if "origin" not in request.headers:
        raise HTTPException(403, "The request does not name its origin. Use a current browser.")
    _check_origin(request)
    token = (await request.form()).get("token")
    if not request.app.state.tokens.is_valid(str(token), user):
        raise HTTPException(403, FORM_EXPIRED)


def _check_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "A page of another site sent this request. Use the console's own pages.")


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Issue and verify CSRF tokens."""

    cipher: Cipher
    clock: Callable[[], datetime]
    associated_data: str = FORMS_ASSOCIATED_DATA
    lifetime: timedelta = TOKEN_LIFETIME

    def for_message(self, message_id: str) -> "FormTokens":
        """Return the tokens that let their user see one message's personal data again on a reload."""
        return replace(self, associated_data=f"console/unmask/{message_id}", lifetime=UNMASK_LIFETIME)

    def issue(self, user: str) -> str:
        """Write a token for one user's forms."""
        expires = int((self.clock() + self.lifetime).timestamp())
        encrypted = self.cipher.encrypt(f"{expires} {user}".encode(), self.associated_data)
        return base64.urlsafe_b64encode(encrypted).decode()

    def is_valid(self, token: str, user: str) -> bool:
        """Return whether this console issued the token to this user and it has not expired."""
        try:
            decrypted = self.cipher.decrypt(
                base64.urlsafe_b64decode(token.encode()), self.associated_data
            ).decode()
        except (tink.TinkError, binascii.Error, ValueError):
            return False
        expires, _, issued_to = decrypted.partition(" ")
        current = self.clock().timestamp() < int(expires)
        return hmac.compare_digest(issued_to.encode(), user.encode()) and current
