"""Traffic of the functions, read as JSON from the collector of metrics."""

import asyncio
from typing import Annotated

import httpx2
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

METRICS_TIMEOUT_S = 2.0
"""A page without charts is better than a slow one."""


class Traffic(BaseModel):
    """The last 15 minutes in steps; every list is as long as `times`, in seconds since 1970."""

    times: list[float]
    throughput: dict[str, list[float]]
    """Deliveries per second, by outcome."""
    latency_ms: dict[str, list[float | None]]
    """Quantiles of the handler's time; None where nothing was handled."""
    lag: dict[str, list[int]]
    """Waiting messages, by subscription."""
    totals: dict[str, dict[str, int]]
    """Deliveries so far, by subscription and outcome."""


class TrafficSource:
    """Reads the collector of metrics, where there is one."""

    def __init__(self, http: httpx2.AsyncClient, url: str | None) -> None:
        """Read from a URL; None where metrics are not collected."""
        self._http = http
        self.url = url

    async def read(self) -> Traffic | None:
        """Read the last 15 minutes; None where the collector does not answer."""
        if self.url is None:
            return None
        try:
            # httpx's own timeout begins again with each part of an answer.
            async with asyncio.timeout(METRICS_TIMEOUT_S):
                answer = await self._http.get(
                    self.url, headers={"Accept": "application/json"}, timeout=METRICS_TIMEOUT_S
                )
            return Traffic.model_validate_json(answer.content)
        except (httpx2.HTTPError, ValidationError, TimeoutError):
            return None


async def _read_traffic(request: Request) -> Traffic | None:
    source: TrafficSource = request.app.state.traffic
    return await source.read()


CurrentTraffic = Annotated[Traffic | None, Depends(_read_traffic)]
