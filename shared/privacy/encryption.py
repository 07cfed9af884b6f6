"""Encryption of personal data: Tink AEAD, with the path of the document as associated data.

Searchable values are also encrypted deterministically, with their collection and field as associated data.
There equal texts have equal ciphertexts, so a reader of the store sees which documents have the same
customer, but not who that is.
"""

import json

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

from shared.privacy.lookup_keys import derive_lookup_keys

aead.register()

KEY_ID = slice(1, 5)
"""Where Tink writes the id of the key into a ciphertext, after one byte that marks this format."""


class KeysetUnusable(Exception):
    """The keyset is missing or invalid; the text contains nothing of it."""


class Cipher:
    """Encrypt and decrypt bytes with a keyset. Decryption needs the associated data of the encryption."""

    def __init__(self, keyset: str) -> None:
        """Use a keyset in Tink's JSON format: its primary key encrypts, all of its keys decrypt.

        Raises KeysetUnusable.
        """
        try:
            handle = json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
            self._aead = handle.primitive(aead.Aead)
            self._lookup_keys = derive_lookup_keys(keyset)
        except (tink.TinkError, ValueError):
            raise KeysetUnusable(
                "KEYSET_FILE: must be an AEAD keyset in Tink's JSON format; set KEYSET_KMS_KEY if wrapped"
            ) from None
        self._primary = int(json.loads(keyset)["primaryKeyId"]).to_bytes(4, "big")

    def __repr__(self) -> str:
        """Hide the keys."""
        return "Cipher(...)"

    def encrypt(self, plain: bytes, associated_data: str) -> bytes:
        """Encrypt; `associated_data` is the document's path, with `#field` where a field is encrypted."""
        return bytes(self._aead.encrypt(plain, associated_data.encode()))

    def decrypt(self, encrypted: bytes, associated_data: str) -> bytes:
        """Decrypt. Raises tink.TinkError for other associated data or a key outside the keyset."""
        return bytes(self._aead.decrypt(encrypted, associated_data.encode()))

    def reencrypt(self, encrypted: bytes, associated_data: str) -> bytes | None:
        """Encrypt with the primary key what an older key encrypted; return None if it is current."""
        if self.is_current(encrypted):
            return None
        return self.encrypt(self.decrypt(encrypted, associated_data), associated_data)

    def encrypt_lookup(self, text: str, associated_data: str) -> bytes:
        """Encrypt deterministically: equal texts match within `associated_data`, a `collection#field`."""
        return bytes(self._lookup_keys[0].encrypt_deterministically(text.encode(), associated_data.encode()))

    def encrypt_lookup_with_all_keys(self, text: str, associated_data: str) -> list[bytes]:
        """Encrypt deterministically with every key, to find a text while the keyset is rotated."""
        plain, data = text.encode(), associated_data.encode()
        return [bytes(each.encrypt_deterministically(plain, data)) for each in self._lookup_keys]

    def is_current(self, encrypted: bytes) -> bool:
        """Return whether the primary key, or the lookup key derived from it, made this ciphertext."""
        return encrypted[KEY_ID] == self._primary

    def encrypt_text(self, text: str | None, associated_data: str) -> bytes | None:
        """Encrypt a text; None stays None."""
        return None if text is None else self.encrypt(text.encode(), associated_data)

    def decrypt_text(self, encrypted: bytes | None, associated_data: str) -> str | None:
        """Decrypt a text; None stays None."""
        return None if encrypted is None else self.decrypt(encrypted, associated_data).decode()
