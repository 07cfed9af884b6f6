"""Firestore's calls, as few and as bare as they can be."""

from collections.abc import Iterable, Sequence
from typing import Any

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.cloud.firestore_v1.types import firestore

from shared.errors import LostRace, StoreContended, StoreUnavailable
from shared.gcp.channel import converted, method, unanswered
from shared.gcp.firestore.writes import Write

SERVICE = "/google.firestore.v1.Firestore/"
TIMEOUT = 10.0
"""Seconds for one call: several fit within a push request's deadline, and nothing retries by itself."""

EMULATOR_OWNER = (("authorization", "Bearer owner"),)
"""What the emulator asks of batch writes, which its security rules do not cover."""

CommitRequest = firestore.CommitRequest.pb()
CommitResponse = firestore.CommitResponse.pb()
BatchWriteRequest = firestore.BatchWriteRequest.pb()
BatchWriteResponse = firestore.BatchWriteResponse.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
BatchGetResponse = firestore.BatchGetDocumentsResponse.pb()


class FirestoreRpc:
    """Commit, read and batch-write documents by path, relative to one database."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        project: str,
        database: str = "(default)",
        metadata: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Speak to `database` of `project` over a channel; `metadata` goes with every call."""
        self._database = f"projects/{project}/databases/{database}"
        self._metadata = (
            ("google-cloud-resource-prefix", self._database),
            to_grpc_metadata({"database": self._database}),
            *metadata,
        )
        self._commit = method(channel, SERVICE + "Commit", CommitRequest, CommitResponse)
        self._batch_write = method(channel, SERVICE + "BatchWrite", BatchWriteRequest, BatchWriteResponse)
        self._batch_get = channel.unary_stream(
            SERVICE + "BatchGetDocuments",
            request_serializer=BatchGetRequest.SerializeToString,
            response_deserializer=BatchGetResponse.FromString,
        )

    def name(self, path: str) -> str:
        """Write a document's path in full."""
        return f"{self._database}/documents/{path}"

    async def commit(self, writes: Sequence[Write]) -> None:
        """Apply all writes or none. Raises LostRace, StoreUnavailable."""
        await self._call(self._commit, self._filled(CommitRequest(), writes))

    async def overwrite(self, writes: Sequence[Write]) -> None:
        """Apply all writes or none, whatever is there. Raises StoreContended, StoreUnavailable."""
        try:
            await self.commit(writes)
        except LostRace:  # without a precondition only the lock of another writer is left
            raise StoreContended("document: locked by other writers") from None

    async def batch_write(self, writes: Sequence[Write]) -> None:
        """Apply each write by itself, whatever becomes of the others. Raises StoreUnavailable."""
        await self._call(self._batch_write, self._filled(BatchWriteRequest(), writes))

    async def get(self, paths: Iterable[str]) -> dict[str, Any]:
        """Read documents in one round trip, by path; a missing one is absent. Raises StoreUnavailable."""
        prefix = len(self.name(""))
        request = BatchGetRequest(database=self._database, documents=[self.name(path) for path in paths])
        answers = self._batch_get(request, timeout=TIMEOUT, metadata=self._metadata)
        try:
            return {each.found.name[prefix:]: each.found async for each in answers if each.HasField("found")}
        except grpc.aio.AioRpcError as error:
            raise unanswered(error, StoreUnavailable) from None

    def _filled(self, request: Any, writes: Sequence[Write]) -> Any:
        request.database = self._database
        for each in writes:
            each.fill(request.writes.add())
        return request

    async def _call(self, stub: Any, request: Any) -> None:
        try:
            await stub(request, timeout=TIMEOUT, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            raise converted(error, StoreUnavailable) from None
