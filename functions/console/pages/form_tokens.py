"""Tokens that prove that a form was served by this console, to this person, not long ago.

Each is sealed with the keyset that every instance has, so there is no session to keep and no further
secret to configure. Another site cannot read one, and so cannot have a browser press a button here.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import tink

from shared.privacy.encryption import Cipher

LIFETIME = timedelta(hours=12)
"""Longer than a shift leaves a page open."""

PLACE = "console/forms"


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Issue and check form tokens."""

    cipher: Cipher
    clock: Callable[[], datetime]

    def issue(self, actor: str) -> str:
        """Write a token for one person's forms."""
        expires = int((self.clock() + LIFETIME).timestamp())
        return base64.urlsafe_b64encode(self.cipher.encrypt(f"{expires} {actor}".encode(), PLACE)).decode()

    def valid(self, token: str, actor: str) -> bool:
        """Say whether this console issued the token to this person and it has not expired."""
        try:
            opened = self.cipher.decrypt(base64.urlsafe_b64decode(token.encode()), PLACE).decode()
        except (tink.TinkError, binascii.Error, ValueError):
            return False
        expires, _, issued_to = opened.partition(" ")
        return hmac.compare_digest(issued_to.encode(), actor.encode()) and self._now() < int(expires)

    def _now(self) -> float:
        return self.clock().timestamp()
