"""The same processor with separate writes of its claim: in progress before, completed after.

AWS Powertools implements idempotency this way: a conditional put, the work, an update. Clients, contract,
rules and encryption are those of `order_create`.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.order_create.main import ROUTES
from shared.bootstrap.adapters import utc_now
from shared.consumer import claim_documents as claims
from shared.consumer.delivery_failures import DeliveryFailures
from shared.consumer.failure_handler import FailureHandler
from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import Change, Claim
from shared.consumer.processor import Processor
from shared.consumer.push_handler import PushHandler
from shared.consumer.start_limiter import limit_starts
from shared.domain.refs import Ref
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import create, update_fields
from shared.gcp.pubsub import Message, PubsubPublisher
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from shared.settings import Settings
from shared.telemetry.log import log_delivery


class TwoPhaseStore(FirestoreStore):
    """Write the claim and the changes in separate commits."""

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher) -> None:
        """Mark no claim in the background: `complete` writes the mark."""
        super().__init__(rpc, cipher, lambda _: None)
        self.unfinished: dict[int, tuple[str, dict[str, Any]]] = {}

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        """Write the claim as in progress, then the changes; `complete` adds the claim's events."""
        fields, events = claims.to_fields(claim, self._cipher)
        name = self._rpc.name(claims.claim_path(claim.id))
        started = {each: fields[each] for each in ("scope", "key", "fingerprint", "messageId", "expireAt")}
        await self._rpc.commit([create(name, started | {"status": "INPROGRESS"})])
        writes: list[Any] = []
        for change in changes:
            self._add_writes(change, writes)
        await self._rpc.commit(writes)
        completed = {"events": events.fields, "eventIds": fields["eventIds"], "status": "COMPLETED"}
        self.unfinished[id(claim.outbox)] = (name, completed | {"sentAt": datetime.now(UTC)})

    async def complete(self, events: Sequence[Message]) -> None:
        """Complete the claim of published events."""
        name, fields = self.unfinished.pop(id(events))
        await self._rpc.commit([update_fields(name, fields)])


class CompletingPublisher(PubsubPublisher):
    """Publish, then complete the claim; the answer waits for both."""

    store: TwoPhaseStore

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish a claim's events."""
        await super().publish(messages)
        await self.store.complete(messages)


@cache
def push_handler() -> PushHandler:
    """Build the push handler at the first request."""
    settings = Settings.read(os.environ)
    rpc = FirestoreRpc(open_channel(settings.firestore_emulator, ""), settings.project)
    publisher = CompletingPublisher(open_channel(settings.pubsub_emulator, ""), settings.project)
    publisher.store = TwoPhaseStore(rpc, Cipher(read_keyset(settings.keyset_file)))
    processor = Processor(
        routes=ROUTES,
        topics={name: each.topic for name, each in settings.subscriptions.items()},
        store=publisher.store,
        publisher=publisher,
        clock=utc_now,
        random=Random(),  # noqa: S311 - spreads retries, not a secret
        sleep=asyncio.sleep,
        shop_currency=settings.default_currency,
    )
    return PushHandler(
        process=limit_starts(processor.process),
        failure_handler=FailureHandler(settings.subscriptions, DeliveryFailures(rpc), publisher),
        clock=utc_now,
        record=log_delivery,
    )


@functions_framework.aio.http  # type: ignore[untyped-decorator]  # the framework is untyped
async def handle(request: Request) -> Response:
    """Answer a push."""
    return Response(status_code=(await push_handler().handle(await request.body())).status)
