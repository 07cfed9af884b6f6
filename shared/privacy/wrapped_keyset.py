"""A keyset at rest: as Tink's encrypted keyset, which only a key of Cloud KMS opens."""

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

from shared.gcp.kms import KmsUnavailable
from shared.privacy.encryption import KeysetUnusable

USE = b"order-event-functions: keyset of personal data"
"""What a keyset is wrapped for: the same key opens nothing that was wrapped for another use."""


def wrapped(keyset: str, key: aead.Aead) -> str:
    """Encrypt a keyset by one call to its key. Raises KeysetUnusable."""
    handle = json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
    try:
        return str(json_proto_keyset_format.serialize_encrypted(handle, key, USE))
    except KmsUnavailable as error:
        raise KeysetUnusable(f"KEYSET_KMS_KEY: {error}") from None


def unwrapped(keyset: str, key: aead.Aead) -> str:
    """Decrypt a keyset by one call to its key; plain text is refused. Raises KeysetUnusable."""
    try:
        handle = json_proto_keyset_format.parse_encrypted(keyset, key, USE)
        return str(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    except KmsUnavailable as error:
        raise KeysetUnusable(f"KEYSET_KMS_KEY: {error}") from None
    except tink.TinkError:
        raise KeysetUnusable("KEYSET_FILE: must be a keyset that KEYSET_KMS_KEY has wrapped") from None
