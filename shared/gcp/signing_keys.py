"""Google's public signing keys: fetched on first use and kept for an hour, or longer during an outage."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import google.auth.transport.requests
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

OIDC_KEYS_URL: Final = "https://www.googleapis.com/oauth2/v1/certs"
IAP_KEYS_URL: Final = "https://www.gstatic.com/iap/verify/public_key"

LIFETIME_S: Final = 3600.0
"""Time to keep keys: Google publishes new ones days before it uses them."""

RETRY_S: Final = 60.0
"""Time between two fetches while Google does not answer."""

Keys = Mapping[str, Any]
"""Public keys in PEM, by key id."""

FetchKeys = Callable[[], Keys]
"""Fetches keys; it may block, and raise GoogleAuthError."""


class SigningKeys:
    """Keys from one source."""

    def __init__(self, fetch: FetchKeys) -> None:
        """Fetch keys by `fetch`."""
        self._fetch = fetch
        self._keys: Keys = {}
        self._fresh_until = -LIFETIME_S

    async def current(self) -> Keys:
        """Return the keys. Raises GoogleAuthError where they were never fetched."""
        if time.monotonic() < self._fresh_until:
            return self._keys
        try:
            self._keys = await asyncio.to_thread(self._fetch)
            self._fresh_until = time.monotonic() + LIFETIME_S
        except GoogleAuthError:
            if not self._keys:
                raise
            self._fresh_until = time.monotonic() + RETRY_S
        return self._keys


def fetch_oidc_keys() -> Keys:
    """Fetch the keys of Google's OIDC tokens."""
    return _fetch(OIDC_KEYS_URL)


def fetch_iap_keys() -> Keys:
    """Fetch the keys of Identity-Aware Proxy's signed headers."""
    return _fetch(IAP_KEYS_URL)


def _fetch(url: str) -> Keys:
    request = google.auth.transport.requests.Request()
    keys: Keys = id_token._fetch_certs(request, url)  # type: ignore[no-untyped-call]  # noqa: SLF001 - what verify_token uses
    return keys
