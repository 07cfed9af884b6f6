"""The calls of the floor: protocol buffers over gRPC, with Google's routing metadata."""

import os
from collections.abc import Iterable
from typing import Any

import grpc.aio
import msgspec
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.cloud.firestore_v1.types import firestore
from google.pubsub_v1.types import pubsub

from tests.lab.bench.recording import RecordedMessage

CommitRequest = firestore.CommitRequest.pb()
CommitResponse = firestore.CommitResponse.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
BatchGetResponse = firestore.BatchGetDocumentsResponse.pb()
PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]
DATABASE = f"projects/{PROJECT}/databases/(default)"
FIRESTORE = "/google.firestore.v1.Firestore/"
METADATA = (("google-cloud-resource-prefix", DATABASE), to_grpc_metadata({"database": DATABASE}))


class Calls:
    """The RPC methods, on channels of the running event loop."""

    def __init__(self) -> None:
        """Open the channels."""
        store = grpc.aio.insecure_channel(os.environ["FIRESTORE_EMULATOR_HOST"])
        broker = grpc.aio.insecure_channel(os.environ["PUBSUB_EMULATOR_HOST"])
        self._commit: Any = store.unary_unary(
            FIRESTORE + "Commit",
            request_serializer=CommitRequest.SerializeToString,
            response_deserializer=CommitResponse.FromString,
        )
        self._get: Any = store.unary_stream(
            FIRESTORE + "BatchGetDocuments",
            request_serializer=BatchGetRequest.SerializeToString,
            response_deserializer=BatchGetResponse.FromString,
        )
        self._publish: Any = broker.unary_unary(
            "/google.pubsub.v1.Publisher/Publish",
            request_serializer=PublishRequest.SerializeToString,
            response_deserializer=PublishResponse.FromString,
        )

    async def commit(self, request: Any) -> None:
        """Commit all writes."""
        await self._commit(request, timeout=10, metadata=METADATA)

    async def get(self, *names: str) -> list[Any]:
        """Read documents in one round trip; return those that exist."""
        request = BatchGetRequest(database=DATABASE, documents=names)
        answers = self._get(request, timeout=10, metadata=METADATA)
        return [each.found async for each in answers if each.HasField("found")]

    async def publish(self, topic: str, messages: Iterable[RecordedMessage]) -> None:
        """Publish messages to one topic in one call."""
        request = PublishRequest(topic=topic)
        for each in messages:
            request.messages.add(
                data=msgspec.json.encode(each.content),
                attributes=each.attributes,
                ordering_key=each.ordering_key,
            )
        await self._publish(request, timeout=10, metadata=(to_grpc_metadata({"topic": topic}),))
