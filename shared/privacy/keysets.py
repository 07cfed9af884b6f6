"""Keysets: generation, the steps of a rotation, and reading one that a key of Cloud KMS may wrap.

A keyset is a text in Tink's JSON format. A wrapped keyset is Tink's encrypted format.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

from shared.privacy.encryption import Cipher, KeysetUnusable
from shared.settings import KeysetSettings

if TYPE_CHECKING:
    from shared.gcp.kms import KmsKey

WRAPPING_ASSOCIATED_DATA: Final = b"order-event-functions: keyset of personal data"
"""Binds a wrapped keyset to its purpose: the same KMS key decrypts it for no other purpose."""


def new_keyset() -> str:
    """Generate a keyset with one AES-256-GCM key."""
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return str(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def prepared_keyset(keyset: str) -> str:
    """Add a key that decrypts only: every instance must have it before one instance encrypts with it."""
    fields = json.loads(keyset)
    return json.dumps({**fields, "key": [*fields["key"], *json.loads(new_keyset())["key"]]})


def promoted_keyset(keyset: str) -> str:
    """Make the newest key the primary; the older keys still decrypt."""
    fields = json.loads(keyset)
    return json.dumps({**fields, "primaryKeyId": fields["key"][-1]["keyId"]})


def retired_keyset(keyset: str) -> str:
    """Drop every key but the primary; data that the other keys encrypted becomes unreadable."""
    fields = json.loads(keyset)
    primary = [each for each in fields["key"] if each["keyId"] == fields["primaryKeyId"]]
    return json.dumps({**fields, "key": primary})


def load_cipher(settings: KeysetSettings) -> Cipher:
    """Make the cipher of this process's keyset. Raises KeysetUnusable."""
    return Cipher(load_keyset(settings))


def load_keyset(settings: KeysetSettings) -> str:
    """Read the keyset file; call Cloud KMS once where the keyset is wrapped. Raises KeysetUnusable."""
    text = read_keyset(settings.keyset_file)
    if settings.keyset_kms_key is None:
        return text
    return _unwrap_once(text, settings.keyset_kms_key, settings.kms_emulator)


def read_keyset(path: Path) -> str:
    """Read a keyset file. Raises KeysetUnusable."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeysetUnusable(f"KEYSET_FILE: cannot be read ({type(error).__name__})") from None


@cache
def _unwrap_once(text: str, name: str, emulator: str | None) -> str:
    """Call KMS once in a process, for all callers and for the workers that are forked from it."""
    return unwrap_keyset(text, kms_key(name, emulator))


def kms_key(name: str, emulator: str | None) -> "KmsKey":
    """Make the key that wraps keysets. Raises KeysetUnusable."""
    from shared.gcp.kms import (  # noqa: PLC0415 - only a wrapped keyset needs this import
        RETRY_PAUSES_S,
        KmsKey,
        KmsUnavailable,
    )

    try:
        return KmsKey(name, emulator, pauses=() if emulator else RETRY_PAUSES_S)
    except KmsUnavailable as error:
        raise KeysetUnusable(f"KEYSET_KMS_KEY: {error}") from None


def wrap_keyset(keyset: str, key: aead.Aead) -> str:
    """Encrypt a keyset with one call to its KMS key. Raises KeysetUnusable."""
    from shared.gcp.kms import KmsUnavailable  # noqa: PLC0415 - as above

    handle = json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
    try:
        return str(json_proto_keyset_format.serialize_encrypted(handle, key, WRAPPING_ASSOCIATED_DATA))
    except KmsUnavailable as error:
        raise KeysetUnusable(f"KEYSET_KMS_KEY: {error}") from None


def unwrap_keyset(keyset: str, key: aead.Aead) -> str:
    """Decrypt a keyset with one call to its KMS key; refuse a plain keyset. Raises KeysetUnusable."""
    from shared.gcp.kms import KmsUnavailable  # noqa: PLC0415 - as above

    try:
        handle = json_proto_keyset_format.parse_encrypted(keyset, key, WRAPPING_ASSOCIATED_DATA)
        return str(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    except KmsUnavailable as error:
        raise KeysetUnusable(f"KEYSET_KMS_KEY: {error}") from None
    except tink.TinkError:
        raise KeysetUnusable("KEYSET_FILE: must be a keyset that KEYSET_KMS_KEY has wrapped") from None
