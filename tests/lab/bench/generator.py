"""The load generator: HTTP/1.1 over kept connections, with little processor time of its own."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

HOST = "127.0.0.1"
HEAD = b"POST / HTTP/1.1\r\nHost: f\r\nContent-Type: application/json\r\nContent-Length: "


class RequestFailed(RuntimeError):
    """The function did not acknowledge, or closed the connection."""


class Connection(asyncio.Protocol):
    """One kept connection with one request at a time; responses have no body."""

    def __init__(self) -> None:
        """Start without a connection."""
        self._received = bytearray()
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.WriteTransport", transport)

    async def post(self, body: bytes) -> int:
        """Post to `/` and return the status."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(HEAD + str(len(body)).encode() + b"\r\n\r\n" + body)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """Parse the head of a response."""
        self._received += data
        if b"\r\n\r\n" in self._received and self._answer and not self._answer.done():
            status = int(self._received[9:12])
            self._received.clear()
            self._answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the waiting request."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(RequestFailed("the connection was lost"))


@dataclass
class Load:
    """The sent requests, with the latency of each response in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    """Processor time of the generator."""
    accepted: frozenset[int] = frozenset({204})
    """Accepted statuses; any other ends the load."""
    statuses: Counter[int] = field(default_factory=Counter)


async def saturate(
    port: int, bodies: Sequence[bytes], concurrency: int, *, rejected: frozenset[int] = frozenset()
) -> Load:
    """Send all bodies with `concurrency` requests at once; `rejected` are statuses expected besides 204."""
    waiting = iter(bodies)
    load = Load(accepted=rejected | {204})

    async def send_in_turn(connection: Connection) -> None:
        for body in waiting:
            await _timed(connection, body, time.perf_counter(), load)

    return await _run(port, concurrency, load, send_in_turn)


async def pace(port: int, bodies: Sequence[bytes], concurrency: int, rate: float) -> Load:
    """Send `rate` bodies a second, independent of the responses; latency counts from when each was due."""
    due = ((number / rate, body) for number, body in enumerate(bodies))
    start = time.perf_counter() + 0.05
    load = Load()

    async def send_when_due(connection: Connection) -> None:
        for after, body in due:
            await asyncio.sleep(start + after - time.perf_counter())
            await _timed(connection, body, start + after, load)

    return await _run(port, concurrency, load, send_when_due)


async def _run(
    port: int, concurrency: int, load: Load, work: Callable[[Connection], Awaitable[None]]
) -> Load:
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(Connection, HOST, port) for _ in range(concurrency)]
    cpu, started = time.process_time(), time.perf_counter()
    try:
        await asyncio.gather(*(work(connection) for _, connection in opened))
    finally:
        load.seconds, load.cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
        for transport, _ in opened:
            transport.close()
    return load


async def _timed(connection: Connection, body: bytes, since: float, load: Load) -> None:
    status = await connection.post(body)
    if status not in load.accepted:
        raise RequestFailed(f"answered {status}")
    load.statuses[status] += 1
    load.latencies.append(time.perf_counter() - since)
