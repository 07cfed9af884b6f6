"""The fault proxy: a gRPC proxy that refuses, delays and loses calls on demand.

It runs between the functions and an emulator; the functions use its address as the emulator's. It forwards
every RPC as a stream of opaque messages in both directions. Unary calls look the same on the wire, so the
proxy needs no knowledge of any API.
"""

from __future__ import annotations  # grpc's types take parameters in its stubs only

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING

import grpc

from tests.lab.stack.fault_plan import Fault, FaultPlan, Kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    Context = grpc.aio.ServicerContext[bytes, bytes]
    Call = grpc.aio.StreamStreamCall[bytes, bytes]
    Metadata = tuple[tuple[str, str | bytes], ...]

UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
# gRPC writes these on each connection; forwarding them would duplicate them.
CONNECTION_METADATA = ("user-agent", "content-type", "te", "grpc-accept-encoding", "grpc-encoding")


class FaultProxy(grpc.GenericRpcHandler):
    """Forward every RPC from a free port of 127.0.0.1 to `upstream` ("host:port"), by the fault rules."""

    def __init__(self, upstream: str, plan: FaultPlan) -> None:
        self._upstream = upstream
        self._plan = plan

    async def __aenter__(self) -> str:
        """Start the proxy; return its address, "host:port"."""
        self._channel = grpc.aio.insecure_channel(self._upstream, options=UNLIMITED)
        self._server = grpc.aio.server(handlers=[self], options=UNLIMITED)
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return f"127.0.0.1:{port}"

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(grace=None)
        await self._channel.close()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Return the handler of one call, the same for every method."""
        return grpc.stream_stream_rpc_method_handler(functools.partial(self._handle, details.method))

    async def _handle(self, method: str, requests: AsyncIterator[bytes], context: Context) -> None:
        first = await anext(requests, None)
        fault = self._plan.meet(method, first or b"")
        await _fail_before(fault, context)
        call = self._call(method, _chain(first, requests), context)
        try:
            if fault is not None and fault.kind is Kind.AFTER:
                await _drain(call)
                await context.abort(grpc.StatusCode[fault.status], "answer lost on demand")
            await _answer(call, context)
        finally:
            call.cancel()

    def _call(self, method: str, requests: AsyncIterator[bytes], context: Context) -> Call:
        rpc: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = self._channel.stream_stream(method)
        metadata = _forwarded(context.invocation_metadata())
        return rpc(requests, timeout=context.time_remaining(), metadata=metadata)


async def _fail_before(fault: Fault | None, context: Context) -> None:
    if fault is None:
        return
    if fault.kind is Kind.BEFORE:
        await context.abort(grpc.StatusCode[fault.status], "refused on demand")
    await asyncio.sleep(fault.seconds)


async def _answer(call: Call, context: Context) -> None:
    """Forward the upstream answer: metadata, messages, and an error with its details."""
    try:
        await context.send_initial_metadata(_forwarded(await call.initial_metadata()))
        async for message in call:
            await context.write(message)
        context.set_trailing_metadata(_forwarded(await call.trailing_metadata()))
    except grpc.aio.AioRpcError as error:
        await context.abort(error.code(), error.details() or "", _forwarded(error.trailing_metadata()))


async def _drain(call: Call) -> None:
    with contextlib.suppress(grpc.aio.AioRpcError):
        async for _ in call:
            pass


async def _chain(first: bytes | None, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first is not None:
        yield first
    async for message in rest:
        yield message


def _forwarded(metadata: Iterable[tuple[str, str | bytes]] | None) -> Metadata:
    return tuple((key, value) for key, value in metadata or () if key not in CONNECTION_METADATA)
