"""The marks that a claim's events are published: written in batches, off the path of the answer.

A lost mark costs a repeated event with the same `eventId`, never a lost one, so nothing waits for
it and nothing fails with it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import islice

from shared.consumer.claim_documents import claim_path
from shared.errors import LostRace, Transient
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import update_fields

MAX_WRITES = 500
"""Marks in one call: Firestore's limit."""

DELAY = 0.2
"""Seconds that marks are gathered for."""


class PublishedMarker:
    """Gather claims whose events are out, and mark them together."""

    def __init__(self, rpc: FirestoreRpc, clock: Callable[[], datetime]) -> None:
        """Write through Firestore's batch call, which applies each mark by itself."""
        self._rpc = rpc
        self._clock = clock
        self._claims: dict[str, None] = {}  # Firestore refuses a batch that names a document twice
        self._flush: asyncio.Task[None] | None = None

    def add(self, claim: str) -> None:
        """Mark a claim soon."""
        self._claims[claim] = None
        if self._flush is None or self._flush.done():
            self._flush = asyncio.create_task(self._flush_later())

    async def _flush_later(self) -> None:
        while self._claims:
            await asyncio.sleep(DELAY)
            await self.flush()

    async def flush(self) -> None:
        """Write what was gathered, as much as one call takes."""
        claims = [*islice(self._claims, MAX_WRITES)]
        for claim in claims:
            del self._claims[claim]
        mark = {"sentAt": self._clock()}
        with suppress(Transient, LostRace):
            await self._rpc.batch_write(
                [update_fields(self._rpc.name(claim_path(each)), mark) for each in claims]
            )
