"""Alerts to a URL: bounded in time, and silent for a while after they failed.

A webhook that is down must slow a flood of dead letters as little as it stops their storing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2

TIMEOUT = httpx2.Timeout(3.0, connect=2.0)
TRIES = 2
SILENCE = timedelta(seconds=30)


class Webhook:
    """Post JSON objects to one URL."""

    def __init__(self, http: httpx2.AsyncClient, url: str, clock: Callable[[], datetime]) -> None:
        """Post to a URL."""
        self._http = http
        self._url = url
        self._clock = clock
        self._silent_until: datetime | None = None

    async def alert(self, told: Mapping[str, Any]) -> None:
        """Post an object; give up after two tries of three seconds, and then for half a minute."""
        now = self._clock()
        if self._silent_until is not None and now < self._silent_until:
            return
        delivered = False
        for _ in range(TRIES):
            delivered = delivered or await self._post(told)
        self._silent_until = None if delivered else self._clock() + SILENCE

    async def _post(self, told: Mapping[str, Any]) -> bool:
        try:
            answer = await self._http.post(self._url, json=dict(told), timeout=TIMEOUT)
        except httpx2.HTTPError:
            return False
        return not answer.is_server_error
