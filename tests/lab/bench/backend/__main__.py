"""Serve the backend on a free port of 127.0.0.1, printed on the first line, until the process ends."""

import argparse
import asyncio

import uvloop

from tests.lab.bench.backend.http2 import Connection
from tests.lab.bench.backend.memory import MemoryBackend


async def serve(latency: float) -> None:
    """Serve until cancelled; answer every call after `latency` seconds."""
    memory = MemoryBackend()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(memory.answer, latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0)
    uvloop.run(serve(parser.parse_args().latency))
