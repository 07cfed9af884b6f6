"""Only Identity-Aware Proxy's own signature proves a user; every forgery is refused."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from freezegun import freeze_time
from google.auth import crypt, jwt
from google.auth.exceptions import TransportError

from shared.errors import Unidentified
from shared.gcp.iap import IapVerifier
from shared.gcp.signing_keys import SigningKeys
from tests.signed_identity import AUDIENCE, KEY_ID, assertion, claims, public_pem

OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = int(time.time())


@pytest.fixture(autouse=True, scope="module")
def moment() -> Iterator[None]:
    """Stay at the moment of the assertions: they are made when the module is loaded, and expire.

    Once for all tests: each freeze searches all loaded modules.
    """
    with freeze_time(datetime.fromtimestamp(NOW, UTC), real_asyncio=True):
        yield


def verifier(keys: dict[str, Any] | None = None) -> IapVerifier:
    """Return a verifier that trusts the tests' key."""
    known = {KEY_ID: public_pem()} if keys is None else keys
    return IapVerifier(AUDIENCE, SigningKeys(lambda: known))


def encoded(part: bytes) -> str:
    """Write a part of a token."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def unsigned(algorithm: str = "none", signature: bytes = b"") -> str:
    """Return a token with the right claims and no signature of the key."""
    header = {"alg": algorithm, "typ": "JWT", "kid": KEY_ID}
    return ".".join(map(encoded, (json.dumps(header).encode(), json.dumps(claims()).encode(), signature)))


def signed_by_public_key() -> str:
    """Return a token with the public key as HMAC secret."""
    head = unsigned("HS256").rpartition(".")[0]
    return f"{head}.{encoded(hmac.digest(public_pem(), head.encode(), hashlib.sha256))}"


def signed_by_rsa() -> str:
    """Return a token like Google's OIDC tokens, with the proxy's claims."""
    pem = RSA_KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    signer = crypt.RSASigner.from_string(pem, KEY_ID)  # type: ignore[no-untyped-call]  # untyped library
    written: bytes = jwt.encode(signer, claims())  # type: ignore[no-untyped-call]  # untyped library
    return written.decode()


def with_other_claims() -> str:
    """Return a good token with claims that were replaced after it was signed."""
    head, _, signature = assertion(claims()).split(".")
    return f"{head}.{encoded(json.dumps(claims('mallory@example.com')).encode())}.{signature}"


FORGERIES = {
    "nothing": "",
    "an e-mail address": "accounts.google.com:ann@example.com",
    "no token": "a.b.c",
    "no algorithm": unsigned(),
    "signature removed": unsigned("ES256", b"SIGNATURE_REMOVED_BY_GOOGLE"),
    "empty signature": unsigned("ES256"),
    "the public key as a secret": signed_by_public_key(),
    "an RSA key": signed_by_rsa(),
    "another key under the known id": assertion(claims(), OTHER_KEY),
    "an unknown key id": assertion(claims(), OTHER_KEY, "other"),
    "no key id": assertion(claims(), key_id=None),
    "replaced claims": with_other_claims(),
    "another audience": assertion(claims(aud="/projects/1/global/backendServices/3")),
    "no audience": assertion(claims(aud=None)),
    "another issuer": assertion(claims(iss="https://accounts.google.com")),
    "no issuer": assertion(claims(iss=None)),
    "expired": assertion(claims(iat=NOW - 1200, exp=NOW - 600)),
    "not yet issued": assertion(claims(iat=NOW + 600, exp=NOW + 1200)),
    "no expiry": assertion(claims(exp=None)),
    "no user": assertion(claims(email=None)),
    "an empty user": assertion(claims(email="")),
    "a user that is no text": assertion(claims(email=["ann@example.com"])),
}


async def test_a_signed_header_names_its_user() -> None:
    """The e-mail address comes from the signed claims."""
    assert await verifier().verify(assertion(claims("ann@example.com"))) == "ann@example.com"


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forged_header_is_refused(forged: str) -> None:
    """Signature, audience and time must be right; any other token is refused, and its text is not quoted."""
    with pytest.raises(Unidentified) as refused:
        await verifier().verify(forged)
    assert "example.com" not in str(refused.value)


async def test_without_an_audience_no_one_signs_in() -> None:
    """A console without the name of its backend accepts no header, an empty audience included."""
    with pytest.raises(Unidentified):
        await IapVerifier("", SigningKeys(lambda: {KEY_ID: public_pem()})).verify(assertion(claims(aud="")))


async def test_without_keys_no_identity_is_proven() -> None:
    """Where Google's keys were never fetched, every header is refused."""

    def away() -> dict[str, bytes]:
        raise TransportError("away")  # type: ignore[no-untyped-call]  # untyped library

    with pytest.raises(Unidentified):
        await IapVerifier(AUDIENCE, SigningKeys(away)).verify(assertion(claims()))


async def test_keys_outlive_an_outage_of_their_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known keys are used on while new ones cannot be fetched, and the source is not asked each time."""
    asked: list[bool] = []

    def fetch() -> dict[str, bytes]:
        asked.append(True)
        if len(asked) > 1:
            raise TransportError("away")  # type: ignore[no-untyped-call]  # untyped library
        return {KEY_ID: public_pem()}

    known = IapVerifier(AUDIENCE, SigningKeys(fetch))
    monkeypatch.setattr("shared.gcp.signing_keys.LIFETIME_S", -1.0)
    for _ in range(3):
        assert await known.verify(assertion(claims()))

    assert len(asked) == 2
