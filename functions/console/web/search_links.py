"""Links to a search: the searched text is encrypted, because an address is logged and may name a customer."""

import base64
import binascii
from dataclasses import dataclass

import tink

from shared.privacy.encryption import Cipher

ASSOCIATED_DATA = "console/search"


@dataclass(frozen=True, slots=True)
class SearchLinks:
    """Write and read the part of an address that holds a searched text."""

    cipher: Cipher

    def write(self, term: str, user: str) -> str:
        """Encrypt a text for the user who searched it."""
        encrypted = self.cipher.encrypt(f"{user}\n{term}".encode(), ASSOCIATED_DATA)
        return base64.urlsafe_b64encode(encrypted).decode()

    def read(self, link: str, user: str) -> str | None:
        """Return the text; None where this console did not encrypt it for this user."""
        try:
            decrypted = self.cipher.decrypt(base64.urlsafe_b64decode(link.encode()), ASSOCIATED_DATA).decode()
        except (tink.TinkError, binascii.Error, ValueError):
            return None
        searched_by, _, term = decrypted.partition("\n")
        return term if searched_by == user else None
