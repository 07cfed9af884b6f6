"""Alerts to a URL: bounded in time, and silent for a while after they failed.

A webhook that is down must slow a flood of dead letters as little as it stops their storing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2

TIMEOUT = httpx2.Timeout(3.0, connect=2.0)
SILENCE = timedelta(seconds=30)


class Webhook:
    """Post JSON objects to one URL."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        """Post to a URL."""
        self._url = url
        self._clock = clock
        self._silent_until: datetime | None = None

    async def alert(self, told: Mapping[str, Any]) -> None:
        """Post an object; give up after two tries of three seconds, and then for half a minute."""
        now = self._clock()
        if self._silent_until is not None and now < self._silent_until:
            return
        # A connection of its own: between two alerts an instance sleeps, and a kept one would be dead.
        async with httpx2.AsyncClient(timeout=TIMEOUT) as http:
            delivered = await self._post(http, told) or await self._post(http, told)
        self._silent_until = None if delivered else self._clock() + SILENCE

    async def _post(self, http: httpx2.AsyncClient, told: Mapping[str, Any]) -> bool:
        try:
            answer = await http.post(self._url, json=dict(told))
        except httpx2.HTTPError:
            return False
        return not answer.is_server_error
