"""The keys of lookups: equal texts become equal ciphertexts, so that a query finds what is sealed.

Each is derived from a key that seals (HKDF, RFC 5869), and has its id. So there is one keyset to wrap, keep
and rotate, and whatever retires a key retires both.
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import daead, proto_keyset_format, secret_key_access
from tink.proto import aes_gcm_pb2, aes_siv_pb2, tink_pb2

daead.register()

SEALING = "type.googleapis.com/google.crypto.tink.AesGcmKey"
LOOKING_UP = "type.googleapis.com/google.crypto.tink.AesSivKey"
BYTES = 64
"""Of an AES-256-SIV key."""


def lookup_keys(keyset: str) -> list[daead.DeterministicAead]:
    """Derive a key for lookups from each enabled key of a keyset in Tink's JSON format, its primary first.

    Raises ValueError where a key is not of AES-GCM, or not named in what it seals.
    """
    told = json.loads(keyset)
    enabled = [each for each in told["key"] if each.get("status") == "ENABLED"]
    primary_first = sorted(enabled, key=lambda each: bool(each["keyId"] != told["primaryKeyId"]))
    return [_derived(each) for each in primary_first]


def _derived(sealing: dict[str, Any]) -> daead.DeterministicAead:
    if (sealing["keyData"]["typeUrl"], sealing["outputPrefixType"]) != (SEALING, "TINK"):
        raise ValueError("keyset: has a key that is not of AES-GCM with Tink's prefix")
    key = aes_gcm_pb2.AesGcmKey.FromString(base64.b64decode(sealing["keyData"]["value"]))
    info = b"order-event-functions: lookup of personal data"
    derived = HKDF(algorithm=SHA256(), length=BYTES, salt=None, info=info).derive(key.key_value)
    keyset = tink_pb2.Keyset(primary_key_id=sealing["keyId"])
    keyset.key.add(
        key_data=tink_pb2.KeyData(
            type_url=LOOKING_UP,
            value=aes_siv_pb2.AesSivKey(key_value=derived).SerializeToString(),
            key_material_type=tink_pb2.KeyData.SYMMETRIC,
        ),
        status=tink_pb2.ENABLED,
        key_id=sealing["keyId"],
        output_prefix_type=tink_pb2.TINK,
    )
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(daead.DeterministicAead)
