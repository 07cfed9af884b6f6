"""Marks claims as published, in batches, after the answer.

A lost mark costs a repeated event with the same `eventId`, never a lost event. So no answer waits for a mark,
and none fails with it.
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

MAX_MARKS = 500
"""The most writes in one call of Firestore."""

BATCH_DELAY_S = 0.2
"""How long marks are collected for one call."""


class PublishedMarker:
    """Collect claims with a published outbox, and mark them together."""

    def __init__(self, rpc: FirestoreRpc, clock: Callable[[], datetime]) -> None:
        """Write through Firestore's batch call, which applies each mark individually."""
        self._rpc = rpc
        self._clock = clock
        self._claims: dict[str, None] = {}  # Firestore refuses a batch that names a document twice
        self._flush: asyncio.Task[None] | None = None

    def add(self, claim: str) -> None:
        """Mark a claim with the next batch."""
        self._claims[claim] = None
        if self._flush is None or self._flush.done():
            self._flush = asyncio.create_task(self._flush_later())

    async def _flush_later(self) -> None:
        while self._claims:
            await asyncio.sleep(BATCH_DELAY_S)
            await self.flush()

    async def flush(self) -> None:
        """Write the collected marks, as many as one call takes."""
        claims = [*islice(self._claims, MAX_MARKS)]
        for claim in claims:
            del self._claims[claim]
        mark = {"sentAt": self._clock()}  # the stored name of `published_at`
        with suppress(Transient, LostRace):
            await self._rpc.batch_write(
                [update_fields(self._rpc.name(claim_path(each)), mark) for each in claims]
            )
