"""The publishers in their own process, so that their processor time is measured separately."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any

import grpc.aio
import uvloop
from google.pubsub_v1.types import pubsub

from tests.lab.load.plan import Plan
from tests.lab.load.publishers import Publish, Schedule, orders_of, publish
from tests.lab.stack.errors import StackError
from tests.lab.stack.processes import die_with_parent

ATTRIBUTES = {"source": "QC-SMF", "version": "1.0"}
TOPIC = "order-create"
TIMEOUT_S = 60.0
MAX_LINE_BYTES = 1 << 30

PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()


@asynccontextmanager
async def publishing(host: str, project: str, plan: Plan) -> AsyncIterator["Publishers"]:
    """Yield publishers in their own process, to the emulator at "host:port"."""
    command = [sys.executable, "-m", "tests.lab.load.generator", host, project, json.dumps(asdict(plan))]
    process = await asyncio.create_subprocess_exec(
        *die_with_parent(command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=MAX_LINE_BYTES,
    )
    try:
        yield Publishers(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Publishers:
    """The publishers' process, which publishes on request."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Use the process's standard input and output."""
        self._process = process
        self.pid = process.pid

    async def next(self) -> Schedule:
        """Publish the warm-up or the test, in this order, and return the schedule. Raises StackError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"go\n")
        line = await self._process.stdout.readline()
        if not line:
            raise StackError(f"the publishers ended with status {await self._process.wait()}")
        return Schedule(**json.loads(line))


def main() -> None:
    """Publish at every line on standard input, and print the schedule."""
    host, project, plan = sys.argv[1:]
    uvloop.run(_run(host, project, Plan(**json.loads(plan))))


async def _run(host: str, project: str, plan: Plan) -> None:
    warm_up = replace(plan, seconds=plan.warm_up / plan.publishers / plan.rate)
    orders = orders_of(plan)
    async with grpc.aio.insecure_channel(host) as channel:
        send = _sender(channel, f"projects/{project}/topics/{TOPIC}")
        for each in (warm_up, plan):
            sys.stdin.readline()
            print(json.dumps(asdict(await publish(send, each, orders))), flush=True)


def _sender(channel: grpc.aio.Channel, topic: str) -> Publish:
    call: Any = channel.unary_unary(
        "/google.pubsub.v1.Publisher/Publish",
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=PublishResponse.FromString,
    )

    async def send(data: bytes, key: str) -> str:
        message = {"data": data, "attributes": ATTRIBUTES, "ordering_key": key}
        response = await call(PublishRequest(topic=topic, messages=[message]), timeout=TIMEOUT_S)
        return str(response.message_ids[0])

    return send


if __name__ == "__main__":
    main()
