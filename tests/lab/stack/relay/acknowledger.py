"""Acknowledgement in batches: each call has all messages that were finished during the previous call."""

import asyncio
import contextlib
import logging

import grpc

from tests.lab.stack.relay.message import NO_ACK_ID
from tests.lab.stack.relay.pubsub import PubSub

log = logging.getLogger(__name__)

RETRY_PAUSE_S = 1.0


class Acknowledger:
    """Collects ack ids of one subscription and sends them in their order of arrival."""

    def __init__(self, subscription: str, pubsub: PubSub) -> None:
        self._subscription = subscription
        self._pubsub = pubsub
        self._pending: dict[str, asyncio.Future[None]] = {}
        self._arrived = asyncio.Event()

    async def acknowledge(self, ack_id: str) -> None:
        """Return when the acknowledgement has been sent; at once without an ack id."""
        if ack_id == NO_ACK_ID:
            return
        if ack_id not in self._pending:
            self._pending[ack_id] = asyncio.get_running_loop().create_future()
        self._arrived.set()
        await asyncio.shield(self._pending[ack_id])

    async def run(self) -> None:
        """Send until cancelled, then send what is left."""
        try:
            while True:
                await self._arrived.wait()
                await self._send_or_pause()
        finally:
            with contextlib.suppress(grpc.aio.AioRpcError):
                await self._send()

    async def _send_or_pause(self) -> None:
        try:
            await self._send()
        except grpc.aio.AioRpcError as error:
            log.warning("%s: acknowledgement failed, trying again: %s", self._subscription, error.code())
            await asyncio.sleep(RETRY_PAUSE_S)

    async def _send(self) -> None:
        if batch := list(self._pending):
            await self._pubsub.acknowledge(self._subscription, batch)
        for ack_id in batch:
            self._pending.pop(ack_id).set_result(None)
        if not self._pending:
            self._arrived.clear()
