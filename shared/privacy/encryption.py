"""Encryption of what is personal or may be: Tink AEAD, bound to the document it is stored in.

What is looked up is encrypted a second time, deterministically, and bound to its collection and field only:
equal texts must be equal there to be found, so whoever reads the store sees which documents are of one
customer, and not of whom.
"""

import json
from pathlib import Path

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

from shared.privacy.lookup_keys import lookup_keys

aead.register()

PREFIX = slice(1, 5)
"""Where Tink writes the id of the key into a ciphertext, after a byte that says that it does."""


class KeysetUnusable(Exception):
    """There is no keyset, or what is there is none; the text holds nothing of it."""


class Cipher:
    """Seal bytes so that they open only with the keyset, and only at the place they were sealed for."""

    def __init__(self, keyset: str) -> None:
        """Take a keyset in Tink's JSON format; its primary key seals, all of its keys open.

        Raises KeysetUnusable.
        """
        try:
            handle = json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
            self._aead = handle.primitive(aead.Aead)
            self._lookups = lookup_keys(keyset)
        except (tink.TinkError, ValueError):
            raise KeysetUnusable(
                "KEYSET_FILE: must be an AEAD keyset in Tink's JSON format; set KEYSET_KMS_KEY if wrapped"
            ) from None
        self._primary = int(json.loads(keyset)["primaryKeyId"]).to_bytes(4, "big")

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "Cipher(...)"

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt for a place: a document's path, and the field where there are several."""
        return bytes(self._aead.encrypt(plain, place.encode()))

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what was sealed for this place; raise tink.TinkError for anything else."""
        return bytes(self._aead.decrypt(sealed, place.encode()))

    def resealed(self, sealed: bytes, place: str) -> bytes | None:
        """Seal with the primary key what another key had sealed; None where it was the primary key."""
        return None if self.is_current(sealed) else self.seal(self.open(sealed, place), place)

    def lookup(self, plain: str, place: str) -> bytes:
        """Encrypt a text so that it is equal to itself, within a place: a collection's field."""
        return bytes(self._lookups[0].encrypt_deterministically(plain.encode(), place.encode()))

    def lookups(self, plain: str, place: str) -> list[bytes]:
        """Encrypt a text as every key of the keyset does: what it is stored as, while keys are rotated."""
        told = plain.encode(), place.encode()
        return [bytes(each.encrypt_deterministically(*told)) for each in self._lookups]

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the primary key has sealed this, or its key for lookups."""
        return sealed[PREFIX] == self._primary

    def seal_text(self, plain: str | None, place: str) -> bytes | None:
        """Encrypt a text; nothing stays nothing."""
        return None if plain is None else self.seal(plain.encode(), place)

    def open_text(self, sealed: bytes | None, place: str) -> str | None:
        """Decrypt a text; nothing stays nothing."""
        return None if sealed is None else self.open(sealed, place).decode()


def new_keyset() -> str:
    """Generate a keyset with one AES-256-GCM key, in Tink's JSON format."""
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return str(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def prepared_keyset(keyset: str) -> str:
    """Add a key that opens but does not seal yet: every instance must know it before one seals with it."""
    told = json.loads(keyset)
    return json.dumps({**told, "key": [*told["key"], *json.loads(new_keyset())["key"]]})


def promoted_keyset(keyset: str) -> str:
    """Let the newest key seal from now on; what the older ones have sealed still opens."""
    told = json.loads(keyset)
    return json.dumps({**told, "primaryKeyId": told["key"][-1]["keyId"]})


def retired_keyset(keyset: str) -> str:
    """Drop every key but the primary: once nothing is left of what the others have sealed."""
    told = json.loads(keyset)
    return json.dumps(
        {**told, "key": [each for each in told["key"] if each["keyId"] == told["primaryKeyId"]]}
    )


def read_keyset(path: Path) -> str:
    """Read a keyset file; raise KeysetUnusable where that is not possible."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeysetUnusable(f"KEYSET_FILE: cannot be read ({type(error).__name__})") from None
