"""A fake of Cloud Monitoring's `CreateTimeSeries`, with the rules of the real one for refusing points."""

from __future__ import annotations  # grpc's types take parameters in its stubs only

import asyncio
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.empty_pb2 import Empty

from shared.gcp import import_message_types
from tests.lab.stack.monitoring_rules import (
    SeriesKey,
    find_placement_problem,
    find_request_problems,
    series_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

METHOD = "/google.monitoring.v3.MetricService/CreateTimeSeries"
Request = import_message_types("google.cloud.monitoring_v3").metric_service.CreateTimeSeriesRequest.pb()
SHORTEST_GAP = timedelta(seconds=10)


class MonitoringFake(grpc.GenericRpcHandler):
    """Accept points, or refuse them as Cloud Monitoring does.

    Like Cloud Monitoring, it stores the valid points of a request that it answers with an error.

    Attributes:
        calls: the number of requests.
        points: the accepted points by series, in order of arrival; with `kept`, only the last ones.
        refusals: the reasons of refused requests.
        failing: the status for every call, if it is set.
        stalled: whether calls wait for their deadline.
    """

    def __init__(
        self,
        shortest_gap: timedelta = SHORTEST_GAP,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        kept: int | None = None,
    ) -> None:
        self.calls = 0
        self.points: dict[SeriesKey, deque[Any]] = {}
        self.refusals: list[str] = []
        self.failing: grpc.StatusCode | None = None
        self.stalled = False
        self._shortest_gap = shortest_gap
        self._clock = clock
        self._kept = kept

    async def __aenter__(self) -> str:
        """Start the server; return its address, "host:port"."""
        self._server = grpc.aio.server(handlers=[self])
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return f"127.0.0.1:{port}"

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(grace=None)

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return the handler of a call; only one method exists."""
        if details.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self._create_time_series,
            request_deserializer=Request.FromString,
            response_serializer=Empty.SerializeToString,
        )

    def latest(self, metric: str) -> dict[SeriesKey, Any]:
        """Return the last point of each series of a metric, named without its prefix."""
        full_name = f"custom.googleapis.com/{metric}"
        return {key: points[-1] for key, points in self.points.items() if key.metric == full_name}

    async def _create_time_series(self, request: Any, context: Any) -> Empty:
        self.calls += 1
        if self.stalled:
            await _past_deadline(context)
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "stalled on demand")
        if self.failing is not None:
            await context.abort(self.failing, "failing on demand")
        if problems := find_request_problems(request):
            await self._refuse(context, problems)
        if problems := self._accept(request):
            await self._refuse(context, problems)
        return Empty()

    def _accept(self, request: Any) -> list[str]:
        problems = []
        for series in request.time_series:
            key, point = series_key(series), series.points[0]
            before = self.points.get(key, ())
            if problem := find_placement_problem(
                point, before, now=self._clock(), shortest_gap=self._shortest_gap
            ):
                problems.append(f"{key.metric}: {problem}")
            else:
                self.points.setdefault(key, deque(maxlen=self._kept)).append(point)
        return problems

    async def _refuse(self, context: Any, problems: list[str]) -> None:
        text = f"One or more TimeSeries could not be written: {'; '.join(problems)}"
        self.refusals.append(text)
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)


async def _past_deadline(context: Any) -> None:
    await asyncio.sleep(context.time_remaining() + 1)
