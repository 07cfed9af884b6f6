"""Signed headers of Identity-Aware Proxy, made by a key of the tests."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth import jwt
from google.auth.crypt import es

AUDIENCE = "/projects/1/global/backendServices/2"
HEADER = "x-goog-iap-jwt-assertion"
KEY_ID = "test"
KEY = ec.generate_private_key(ec.SECP256R1())


def public_pem(key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    """Return a key's public part."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def claims(email: Any = "ann@example.com", **changed: Any) -> dict[str, Any]:
    """Return what the proxy says of a user, with some claims replaced; None removes one."""
    now = int(time.time())
    known = {
        "iss": "https://cloud.google.com/iap",
        "aud": AUDIENCE,
        "email": email,
        "sub": "accounts.google.com:1",
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in {**known, **changed}.items() if value is not None}


def assertion(
    payload: Mapping[str, Any], key: ec.EllipticCurvePrivateKey = KEY, key_id: str | None = KEY_ID
) -> str:
    """Return a signed header."""
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = es.EsSigner.from_string(pem, key_id)
    written: bytes = jwt.encode(signer, dict(payload))  # type: ignore[no-untyped-call]  # untyped library
    return written.decode()


def signed_in(email: str) -> dict[str, str]:
    """Return the headers of a request that passed the proxy."""
    return {HEADER: assertion(claims(email))}


@contextlib.contextmanager
def proxy_keys() -> Iterator[None]:
    """Make an application that is built meanwhile trust the tests' key."""
    with mock.patch("shared.gcp.iap.fetch_iap_keys", return_value={KEY_ID: public_pem()}):
        yield
