"""Calls of Cloud Monitoring, over raw bytes and bounded."""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Any

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata

from shared.telemetry.instance import Instance
from shared.telemetry.snapshot import MetricsData

METHOD = "/google.monitoring.v3.MetricService/CreateTimeSeries"


class MonitoringClient:
    """Write snapshots of one instance."""

    def __init__(self, connect: Callable[[], grpc.aio.Channel], instance: Instance) -> None:
        """Connect at the first call, because an instance that never exports needs no channel."""
        self._connect = connect
        self._instance = instance

    async def write(self, snapshot: MetricsData, timeout: float) -> None:  # noqa: ASYNC109 - gRPC's deadline
        """Write all totals; raise grpc.aio.AioRpcError where some may not have been written."""
        metadata = (to_grpc_metadata({"name": f"projects/{self._instance.project}"}),)
        for request in await asyncio.to_thread(self._requests, snapshot):
            await self._create_time_series(request, timeout=timeout, metadata=metadata)

    @cached_property
    def _create_time_series(self) -> Callable[..., Any]:
        return self._connect().unary_unary(METHOD)

    def _requests(self, snapshot: MetricsData) -> list[bytes]:
        # Here and in a thread: the event loop goes on answering while Google's types are imported.
        from shared.telemetry.series import requests  # noqa: PLC0415 - as just said

        return [*requests(self._instance, snapshot)]
