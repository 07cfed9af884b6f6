"""A key of Cloud KMS, as what wraps a keyset: one call, over REST, bounded.

Not by Google's client for it, whose import takes 0.3 s more of every cold start, where this needs
nothing that is not imported anyway. And not over gRPC: a keyset is unwrapped when a function is loaded,
before its server forks the workers, and gRPC's threads do not survive that.
"""

import base64
import re
from typing import Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from requests import RequestException, Response
from tink import aead

SERVICE = "https://cloudkms.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/cloudkms",)

TIMEOUT = 5.0
"""Seconds for one call: a function waits for it when it starts, and its first message for the function."""


class KmsUnavailable(Exception):
    """Cloud KMS did not do what was asked; the text quotes nothing of the request."""


class KmsKey(aead.Aead):  # type: ignore[misc]  # published without types
    """Encrypt and decrypt up to 64 KiB by a key that never leaves Cloud KMS."""

    def __init__(self, name: str, emulator: str | None = None, timeout: float = TIMEOUT) -> None:
        """Take the key's resource name, and the host:port of what stands in for Cloud KMS in tests.

        Calls are made as the process's own account, which is also who may read the keyset's file,
        whatever key is mounted for the others (requirements 9.1). Raises KmsUnavailable.
        """
        self._url = f"{f'http://{emulator}' if emulator else SERVICE}/v1/{name}"
        self._timeout = timeout
        self._session = _session(emulator)

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        """Encrypt by the key's newest version. Raises KmsUnavailable."""
        return self._call("encrypt", "plaintext", plaintext, associated_data, "ciphertext")

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """Decrypt what any version of the key encrypted for the same data. Raises KmsUnavailable."""
        return self._call("decrypt", "ciphertext", ciphertext, associated_data, "plaintext")

    def _call(self, action: str, given: str, value: bytes, associated_data: bytes, wanted: str) -> bytes:
        body = {given: _text(value), "additionalAuthenticatedData": _text(associated_data)}
        try:
            answer = self._session.request(  # type: ignore[no-untyped-call]  # published so
                "POST",
                f"{self._url}:{action}",
                json=body,
                timeout=self._timeout,
                max_allowed_time=self._timeout,  # credentials and all
                allow_redirects=False,
            )
        except (RequestException, GoogleAuthError) as error:
            raise _unavailable(f"does not answer ({type(error).__name__})") from None
        return _told(answer, wanted)


def _session(emulator: str | None) -> AuthorizedSession:
    try:
        credentials = AnonymousCredentials() if emulator else google.auth.default(SCOPES)[0]  # type: ignore[no-untyped-call]  # published so
    except GoogleAuthError as error:
        raise _unavailable(f"cannot be asked without credentials ({type(error).__name__})") from None
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # published so


def _told(answer: Response, wanted: str) -> bytes:
    if answer.status_code != 200:
        raise _unavailable(f"refuses ({answer.status_code} {_status(answer)})")
    try:
        return base64.b64decode(answer.json()[wanted], validate=True)
    except (ValueError, KeyError, TypeError):
        raise _unavailable("answers with something else") from None


def _status(answer: Response) -> str:
    """Tell the name of an error, and nothing of its text, which may quote the request."""
    named = re.search(r'"status":\s*"([A-Z_]+)"', answer.text)
    return named[1] if named else "without a status"


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _unavailable(problem: str) -> Any:
    return KmsUnavailable(f"Cloud KMS {problem}")
