"""What goes through the functions: read as JSON from where metrics are collected, told with the pages."""

from typing import Annotated

import httpx2
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

TIMEOUT = 2.0
"""Seconds: a page without charts is better than one that waits for them."""


class Traffic(BaseModel):
    """The last 15 minutes in steps; every list is as long as `times`, which are seconds since 1970."""

    times: list[float]
    throughput: dict[str, list[float]]
    """Deliveries per second, by outcome."""
    latency_ms: dict[str, list[float | None]]
    """Quantiles of the handler's time; None where nothing was handled."""
    lag: dict[str, list[int]]
    """Messages that wait, by subscription."""
    totals: dict[str, dict[str, int]]
    """Deliveries so far, by subscription and outcome."""


class TrafficSource:
    """Where metrics are collected; None of them where nobody collects or nobody answers."""

    def __init__(self, http: httpx2.AsyncClient, url: str | None) -> None:
        """Read from a URL, if there is one."""
        self._http = http
        self.url = url

    async def read(self) -> Traffic | None:
        """Read the traffic of the last 15 minutes."""
        if self.url is None:
            return None
        try:
            answer = await self._http.get(self.url, timeout=TIMEOUT)
            return Traffic.model_validate_json(answer.content)
        except (httpx2.HTTPError, ValidationError):
            return None


async def _read(request: Request) -> Traffic | None:
    source: TrafficSource = request.app.state.traffic
    return await source.read()


TrafficNow = Annotated[Traffic | None, Depends(_read)]
