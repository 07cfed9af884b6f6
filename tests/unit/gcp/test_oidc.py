"""Only a valid token of a listed account is accepted; the tests sign tokens with keys of their own."""

import time
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

from shared.errors import Unidentified
from shared.gcp.oidc import TokenVerifier

AUDIENCE = "https://order-create.example"
ACCOUNT = "pubsub-push@p.iam.gserviceaccount.com"
KEY, UNKNOWN_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def token(key: rsa.RSAPrivateKey = KEY, key_id: str = "1", **claims: Any) -> str:
    """Return a token like Pub/Sub's, with some claims replaced."""
    now = int(time.time())
    default_claims = {
        "aud": AUDIENCE,
        "iss": "https://accounts.google.com",
        "email": ACCOUNT,
        "email_verified": True,
        "iat": now,
        "exp": now + 600,
    }
    written: bytes = jwt.encode(signer(key, key_id), default_claims | claims)  # type: ignore[no-untyped-call]  # untyped library
    return written.decode()


@cache
def signer(key: rsa.RSAPrivateKey, key_id: str) -> Any:
    """Return the signer of a key; to read one takes 50 ms."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return crypt.RSASigner.from_string(pem, key_id)  # type: ignore[no-untyped-call]  # untyped library


@pytest.fixture
def verifier() -> TokenVerifier:
    """Return a verifier that accepts one account and the test's keys."""
    return TokenVerifier(AUDIENCE, [ACCOUNT], lambda: {"1": PUBLIC})


async def test_a_token_of_a_listed_account_is_accepted() -> None:
    """Valid tokens pass, and the keys are fetched once for all of them."""
    fetched: list[str] = []

    def certificates() -> dict[str, bytes]:
        fetched.append("1")
        return {"1": PUBLIC}

    verifier = TokenVerifier(AUDIENCE, [ACCOUNT], certificates)
    await verifier.verify(f"Bearer {token()}")
    await verifier.verify(f"bearer {token()}")

    assert fetched == ["1"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer not.a.token",
        f"Basic {token()}",
        f"Bearer {token(UNKNOWN_KEY)}",
        f"Bearer {token(key_id='2')}",
        f"Bearer {token().rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE",
        f"Bearer {token(aud='https://other.example')}",
        f"Bearer {token(iss='https://other.example')}",
        f"Bearer {token(email='other@p.iam.gserviceaccount.com')}",
        f"Bearer {token(email_verified=False)}",
        f"Bearer {token(iat=1, exp=2)}",
    ],
    ids=lambda header: header[:12],
)
async def test_any_other_token_is_refused(verifier: TokenVerifier, header: str) -> None:
    """Another key, audience, issuer or account, an expired token or none is refused without a hint."""
    with pytest.raises(Unidentified) as refused:
        await verifier.verify(header)
    assert ACCOUNT not in str(refused.value)
