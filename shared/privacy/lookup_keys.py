"""Lookup keys: they encrypt equal texts to equal ciphertexts, so a query can find encrypted values.

Each lookup key is derived from an encryption key (HKDF, RFC 5869) and has the same id. So there is one keyset
to wrap, store and rotate, and retiring a key retires both.
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import daead, proto_keyset_format, secret_key_access
from tink.proto import aes_gcm_pb2, aes_siv_pb2, tink_pb2

daead.register()

ENCRYPTION_KEY_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmKey"
LOOKUP_KEY_TYPE = "type.googleapis.com/google.crypto.tink.AesSivKey"
LOOKUP_KEY_BYTES = 64
"""Size of an AES-256-SIV key."""


def derive_lookup_keys(keyset: str) -> list[daead.DeterministicAead]:
    """Derive a lookup key from each enabled key of a keyset in Tink's JSON format, the primary first.

    Raises ValueError for a key that is not AES-GCM, or that writes no key id into its ciphertexts.
    """
    fields = json.loads(keyset)
    enabled = [each for each in fields["key"] if each.get("status") == "ENABLED"]
    primary_first = sorted(enabled, key=lambda each: bool(each["keyId"] != fields["primaryKeyId"]))
    return [_derive(each) for each in primary_first]


def _derive(key: dict[str, Any]) -> daead.DeterministicAead:
    if (key["keyData"]["typeUrl"], key["outputPrefixType"]) != (ENCRYPTION_KEY_TYPE, "TINK"):
        raise ValueError("keyset: has a key that is not of AES-GCM with Tink's prefix")
    secret = aes_gcm_pb2.AesGcmKey.FromString(base64.b64decode(key["keyData"]["value"]))
    info = b"order-event-functions: lookup of personal data"
    derived = HKDF(algorithm=SHA256(), length=LOOKUP_KEY_BYTES, salt=None, info=info).derive(secret.key_value)
    keyset = tink_pb2.Keyset(primary_key_id=key["keyId"])
    keyset.key.add(
        key_data=tink_pb2.KeyData(
            type_url=LOOKUP_KEY_TYPE,
            value=aes_siv_pb2.AesSivKey(key_value=derived).SerializeToString(),
            key_material_type=tink_pb2.KeyData.SYMMETRIC,
        ),
        status=tink_pb2.ENABLED,
        key_id=key["keyId"],
        output_prefix_type=tink_pb2.TINK,
    )
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(daead.DeterministicAead)
