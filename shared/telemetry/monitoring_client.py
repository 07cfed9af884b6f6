"""Calls of Cloud Monitoring."""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Any

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata

from shared.telemetry.metrics_data import Instance, MetricsData

CREATE_TIME_SERIES = "/google.monitoring.v3.MetricService/CreateTimeSeries"


class MonitoringClient:
    """Write the metrics data of one instance."""

    def __init__(self, connect: Callable[[], grpc.aio.Channel], instance: Instance) -> None:
        """Open the channel at the first write: an instance that never exports needs none."""
        self._connect = connect
        self._instance = instance

    async def write(self, data: MetricsData, timeout: float) -> None:  # noqa: ASYNC109 - gRPC's deadline
        """Write all totals; raise grpc.aio.AioRpcError where some may be missing."""
        metadata = (to_grpc_metadata({"name": f"projects/{self._instance.project}"}),)
        for request in await asyncio.to_thread(self._build_requests, data):
            await self._create_time_series(request, timeout=timeout, metadata=metadata)

    @cached_property
    def _create_time_series(self) -> Callable[..., Any]:
        return self._connect().unary_unary(CREATE_TIME_SERIES)

    def _build_requests(self, data: MetricsData) -> list[bytes]:
        # Imported here, in a thread: the event loop answers requests while Google's types load.
        from shared.telemetry.series import build_requests  # noqa: PLC0415 - see the line above

        return [*build_requests(self._instance, data)]
