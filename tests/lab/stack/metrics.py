"""Collects the metrics of functions and relay, and serves them to Prometheus and as charts of 15 minutes.

GET /metrics: Prometheus's text format.

GET /metrics with `Accept: application/json`:
    {"step_seconds": 10,
     "times":        [1767323040.0, ...],                          end of each of the 90 steps, UNIX seconds
     "throughput":   {"processed": [1.5, ...], "rejected": ...},   deliveries per second
     "latency_ms":   {"p50": [7.1, null, ...], "p95": ..., "p99": ...},  null: no delivery
     "lag":          {"order-create-sub": [0, ...], ...},          messages pulled and not finished
     "dead_letters": {"rejected": [0.0, ...], ...},                in each step, by error type
     "totals":       {"order-create-sub": {"processed": 17, ...}}} deliveries since the stack started

Every list is as long as `times`.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Self

from aiohttp import web

from tests.lab.stack import metrics_charts as charts
from tests.lab.stack import metrics_text
from tests.lab.stack.monitoring_fake import MonitoringFake
from tests.lab.stack.relay import Counts

INTERVAL_S = 2.0
"""Time between two exports of a function, and between two samples of the relay."""

MAX_SAMPLES = int(charts.STEPS * charts.STEP_S / INTERVAL_S)


class Metrics:
    """Collect the functions' exports and the relay's counts while the context lasts.

    Attributes:
        url: the URL of the metrics.
    """

    url: str

    def __init__(self) -> None:
        self._monitoring = MonitoringFake(shortest_gap=timedelta(seconds=INTERVAL_S), kept=MAX_SAMPLES)
        self._lags: deque[tuple[float, Mapping[str, int]]] = deque(maxlen=MAX_SAMPLES)

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as parts:
            self._address = await parts.enter_async_context(self._monitoring)
            self.url = await self._serve(parts)
            self._parts = parts.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    @property
    def points(self) -> charts.Points:
        """Return the exported points of the last 15 minutes by series, in order of time."""
        return self._monitoring.points

    def environment(self, function: str) -> dict[str, str]:
        """Return the environment variables with which a function exports to this collector."""
        return {
            "K_SERVICE": function.replace("_", "-"),
            "MONITORING_EMULATOR_HOST": self._address,
            "METRICS_INTERVAL_SECONDS": str(INTERVAL_S),
            "METRICS_URL": self.url,
        }

    async def sample(self, counts: Callable[[], Mapping[str, Counts]]) -> None:
        """Sample the relay's counts until cancelled."""
        while True:
            self._lags.append((time.time(), {name: each.outstanding for name, each in counts().items()}))
            await asyncio.sleep(INTERVAL_S)

    def charts(self, now: float) -> dict[str, Any]:
        """Return the body of the response to GET."""
        ends, points = charts.times(now), self._monitoring.points
        return {
            "step_seconds": charts.STEP_S,
            "times": ends,
            "throughput": charts.throughput(points, ends),
            "latency_ms": charts.latency(points, ends),
            "lag": charts.sampled(self._lags, ends),
            "dead_letters": charts.dead_letters(points, ends),
            "totals": charts.totals(points),
        }

    async def _serve(self, parts: contextlib.AsyncExitStack) -> str:
        application = web.Application()
        application.router.add_get("/metrics", self._answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}/metrics"

    async def _answer(self, request: web.Request) -> web.Response:
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response(self.charts(time.time()))
        lag = self._lags[-1][1] if self._lags else {}
        text = metrics_text.exposition(self.points, lag)
        return web.Response(text=text, headers={"Content-Type": metrics_text.CONTENT_TYPE})
