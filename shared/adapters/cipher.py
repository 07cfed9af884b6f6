"""Encryption of what is personal or may be: Tink AEAD, bound to the document it is stored in."""

from pathlib import Path

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

aead.register()


class Cipher:
    """Seal bytes so that they open only with the keyset, and only at the place they were sealed for."""

    def __init__(self, keyset: str) -> None:
        """Take a keyset in Tink's JSON format; its primary key seals, all of its keys open."""
        handle = json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
        self._aead = handle.primitive(aead.Aead)

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "Cipher(...)"

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt for a place: a document's path, and the field where there are several."""
        return bytes(self._aead.encrypt(plain, place.encode()))

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what was sealed for this place; raise tink.TinkError for anything else."""
        return bytes(self._aead.decrypt(sealed, place.encode()))

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


def read_keyset(path: Path) -> str:
    """Read a keyset file."""
    return path.read_text(encoding="utf-8")
