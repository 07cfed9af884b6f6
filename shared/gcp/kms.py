"""A key of Cloud KMS as a Tink AEAD: each operation is one REST call, bounded in time.

Google's KMS client is not used: its import adds 0.3 s to every cold start, and this module needs only
libraries that are imported anyway. The call is REST and not gRPC, because gRPC's threads do
not survive a fork: a process calls KMS when it loads, before its server forks the workers.
"""

import base64
import re
import time
from collections.abc import Mapping, Sequence

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from requests import RequestException, Response
from tink import aead

SERVICE = "https://cloudkms.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/cloudkms",)

CALL_TIMEOUT_S = 5.0
"""Limit of one call: a starting process waits for it, and the first request waits for the process."""


RETRY_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)
"""Pauses between attempts: IAM and a new network path may take minutes, and a process has 240 s to start."""
RETRIED_STATUSES = {403, 429, 500, 502, 503, 504}


class KmsUnavailable(Exception):
    """Cloud KMS failed; the text contains nothing of the request.

    Attributes:
        temporary: whether the same call may succeed later.
    """

    def __init__(self, problem: str, *, temporary: bool = False) -> None:
        super().__init__(f"Cloud KMS {problem}")
        self.temporary = temporary


class KmsKey(aead.Aead):  # type: ignore[misc]  # untyped library
    """Encrypt and decrypt up to 64 KiB with a key that never leaves Cloud KMS."""

    def __init__(
        self,
        name: str,
        emulator: str | None = None,
        timeout: float = CALL_TIMEOUT_S,
        pauses: Sequence[float] = (),
    ) -> None:
        """Use the key of a resource name; `emulator` is the host:port of a fake Cloud KMS.

        A call that fails for the time being is repeated after each of `pauses`, in seconds.
        Calls use the process's own account, even where a key file is mounted for other services
        (requirements 9.1). Raises KmsUnavailable.
        """
        self._url = f"{f'http://{emulator}' if emulator else SERVICE}/v1/{name}"
        self._timeout = timeout
        self._pauses = pauses
        self._session = _build_session(emulator)

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        """Encrypt with the key's newest version. Raises KmsUnavailable."""
        return self._call("encrypt", "plaintext", plaintext, associated_data, "ciphertext")

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """Decrypt with the version that encrypted, for the same associated data. Raises KmsUnavailable."""
        return self._call("decrypt", "ciphertext", ciphertext, associated_data, "plaintext")

    def _call(
        self, action: str, request_field: str, value: bytes, associated_data: bytes, response_field: str
    ) -> bytes:
        body = {request_field: _base64(value), "additionalAuthenticatedData": _base64(associated_data)}
        for pause in self._pauses:
            try:
                return self._call_once(action, body, response_field)
            except KmsUnavailable as error:
                if not error.temporary:
                    raise
            time.sleep(pause)
        return self._call_once(action, body, response_field)

    def _call_once(self, action: str, body: Mapping[str, str], response_field: str) -> bytes:
        try:
            response = self._session.request(  # type: ignore[no-untyped-call]  # untyped library
                "POST",
                f"{self._url}:{action}",
                json=body,
                timeout=self._timeout,
                max_allowed_time=self._timeout,  # includes fetching credentials
                allow_redirects=False,
            )
        except (RequestException, GoogleAuthError) as error:
            raise KmsUnavailable(f"does not answer ({type(error).__name__})", temporary=True) from None
        return _parse_response(response, response_field)


def _build_session(emulator: str | None) -> AuthorizedSession:
    try:
        credentials = AnonymousCredentials() if emulator else google.auth.default(SCOPES)[0]  # type: ignore[no-untyped-call]  # untyped library
    except GoogleAuthError as error:
        raise KmsUnavailable(f"needs credentials, and found none ({type(error).__name__})") from None
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # untyped library


def _parse_response(response: Response, field: str) -> bytes:
    if response.status_code != 200:
        problem = f"refuses ({response.status_code} {_error_status(response)})"
        raise KmsUnavailable(problem, temporary=response.status_code in RETRIED_STATUSES)
    try:
        return base64.b64decode(response.json()[field], validate=True)
    except (ValueError, KeyError, TypeError):
        raise KmsUnavailable("answered with an invalid body") from None


def _error_status(response: Response) -> str:
    """Return the name of an error without its text, which may quote the request."""
    status = re.search(r'"status":\s*"([A-Z_]+)"', response.text)
    return status[1] if status else "without a status"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
