"""The backend inside the calling process, for tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.lab.bench.backend.http2 import Connection
from tests.lab.bench.backend.memory import MemoryBackend


@asynccontextmanager
async def in_process() -> AsyncIterator[tuple[str, MemoryBackend]]:
    """Yield the address of a backend on the running event loop, and the backend."""
    memory = MemoryBackend()
    connections: list[Connection] = []

    def connected() -> Connection:
        connections.append(Connection(memory.answer, 0.0))
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", memory
    for each in connections:
        each.close()
    await asyncio.sleep(0)  # a transport closes in the loop's next turn
