"""Only a valid token of an account that may push is accepted; checked with a key set of the test's own."""

import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

from shared.errors import Unidentified
from shared.gcp.oidc import TokenVerifier

AUDIENCE = "https://order-create.example"
ACCOUNT = "pubsub-push@p.iam.gserviceaccount.com"
KEY, STRANGER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def token(key: rsa.RSAPrivateKey = KEY, key_id: str = "1", **claims: Any) -> str:
    """Return a token as Pub/Sub's, some of its claims replaced."""
    now = int(time.time())
    told = {
        "aud": AUDIENCE,
        "iss": "https://accounts.google.com",
        "email": ACCOUNT,
        "email_verified": True,
        "iat": now,
        "exp": now + 600,
    }
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    signer = crypt.RSASigner.from_string(pem, key_id)  # type: ignore[no-untyped-call]  # published so
    written: bytes = jwt.encode(signer, told | claims)  # type: ignore[no-untyped-call]  # published so
    return written.decode()


@pytest.fixture
def verifier() -> TokenVerifier:
    """Return what accepts one account, by the test's keys."""
    return TokenVerifier(AUDIENCE, [ACCOUNT], lambda: {"1": PUBLIC})


async def test_the_account_that_may_push_is_accepted() -> None:
    """A valid token passes, and the keys are fetched once for many."""
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
        f"Bearer {token(STRANGER)}",
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
async def test_anybody_else_is_refused(verifier: TokenVerifier, header: str) -> None:
    """Another key, audience, issuer or account, an expired token or none is refused, and not told."""
    with pytest.raises(Unidentified) as refused:
        await verifier.verify(header)
    assert ACCOUNT not in str(refused.value)
