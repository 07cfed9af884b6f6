"""The Firestore calls of the message path: commit, batch write and batch get, without a client library.

Deliveries that read in the same turn of the event loop share a batch get.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata

from shared.errors import LostRace, StoreContended, StoreUnavailable
from shared.gcp import import_message_types
from shared.gcp.channel import map_grpc_error, map_unavailable, unary_method
from shared.gcp.firestore.writes import Write
from shared.gcp.request_batcher import RequestBatcher

firestore = import_message_types("google.cloud.firestore_v1").firestore

SERVICE = "/google.firestore.v1.Firestore/"
CALL_TIMEOUT_S = 10.0
"""Limit of one call: several fit within the deadline of a push request. No call is retried here."""

MAX_READS = 100
"""The most documents of several deliveries in one call; a delivery that reads more has a call of its own."""

EMULATOR_OWNER = (("authorization", "Bearer owner"),)
"""Metadata for the emulator, which refuses batch writes without it."""

CommitRequest = firestore.CommitRequest.pb()
CommitResponse = firestore.CommitResponse.pb()
BatchWriteRequest = firestore.BatchWriteRequest.pb()
BatchWriteResponse = firestore.BatchWriteResponse.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
BatchGetResponse = firestore.BatchGetDocumentsResponse.pb()
RunQueryRequest = firestore.RunQueryRequest.pb()
RunQueryResponse = firestore.RunQueryResponse.pb()

Metadata = Sequence[tuple[str, str]]


def call_metadata(database: str, added: Metadata) -> Metadata:
    """Return the metadata by which Google routes calls about a database, and `added`."""
    return (
        ("google-cloud-resource-prefix", database),
        to_grpc_metadata({"database": database}),
        *added,
    )


class FirestoreRpc:
    """Commit, read and batch-write documents by path, relative to one database."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        project: str,
        database: str = "(default)",
        metadata: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Call `database` of `project` over a channel; every call carries `metadata`."""
        self._database = f"projects/{project}/databases/{database}"
        self._metadata = call_metadata(self._database, metadata)
        self._commit = unary_method(channel, SERVICE + "Commit", CommitRequest, CommitResponse)
        self._batch_write = unary_method(
            channel, SERVICE + "BatchWrite", BatchWriteRequest, BatchWriteResponse
        )
        self._batch_get = channel.unary_stream(
            SERVICE + "BatchGetDocuments",
            request_serializer=BatchGetRequest.SerializeToString,
            response_deserializer=BatchGetResponse.FromString,
        )
        self._reads = RequestBatcher(self._read, _ReadCapacity)
        self._run_query = channel.unary_stream(
            SERVICE + "RunQuery",
            request_serializer=RunQueryRequest.SerializeToString,
            response_deserializer=RunQueryResponse.FromString,
        )

    def name(self, path: str) -> str:
        """Return the full resource name of the document at a path."""
        return f"{self._database}/documents/{path}"

    async def commit(self, writes: Sequence[Write]) -> None:
        """Apply all writes or none. Raises LostRace and StoreUnavailable."""
        await self._call(self._commit, self._fill(CommitRequest(), writes))

    async def overwrite(self, writes: Sequence[Write]) -> None:
        """Apply writes without preconditions, all or none. Raises StoreContended and StoreUnavailable."""
        try:
            await self.commit(writes)
        except LostRace:  # without preconditions the only cause is the lock of another writer
            raise StoreContended("document: locked by other writers") from None

    async def batch_write(self, writes: Sequence[Write]) -> None:
        """Apply each write independently of the others. Raises StoreUnavailable."""
        await self._call(self._batch_write, self._fill(BatchWriteRequest(), writes))

    async def get(self, paths: Iterable[str]) -> dict[str, Any]:
        """Read documents in one round trip; return those that exist, by path. Raises StoreUnavailable."""
        names = {path: self.name(path) for path in paths}
        found = await self._reads.submit([*names.values()])
        return {path: found[name] for path, name in names.items() if name in found}

    async def _read(self, names: Sequence[str]) -> dict[str, Any]:
        """Read the documents of some deliveries; return those that exist, by resource name."""
        request = BatchGetRequest(database=self._database, documents=names)
        answers = self._batch_get(request, timeout=CALL_TIMEOUT_S, metadata=self._metadata)
        try:
            return {each.found.name: each.found async for each in answers if each.HasField("found")}
        except grpc.aio.AioRpcError as error:
            raise map_unavailable(error, StoreUnavailable) from None

    async def query(self, structured_query: Any) -> list[Any]:
        """Return the documents a query finds. Raises StoreUnavailable."""
        request = RunQueryRequest(parent=f"{self._database}/documents", structured_query=structured_query)
        answers = self._run_query(request, timeout=CALL_TIMEOUT_S, metadata=self._metadata)
        try:
            return [each.document async for each in answers if each.HasField("document")]
        except grpc.aio.AioRpcError as error:
            raise map_unavailable(error, StoreUnavailable) from None

    def _fill(self, request: Any, writes: Sequence[Write]) -> Any:
        request.database = self._database
        for each in writes:
            each.fill(request.writes.add())
        return request

    async def _call(self, stub: Any, request: Any) -> None:
        try:
            await stub(request, timeout=CALL_TIMEOUT_S, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            raise map_grpc_error(error, StoreUnavailable) from None


class _ReadCapacity:
    """The documents that one call may still read."""

    def __init__(self) -> None:
        self._count = 0

    def try_add(self, names: Sequence[str]) -> bool:
        """Add a delivery's documents if they fit; those of the first delivery always do."""
        if self._count and self._count + len(names) > MAX_READS:
            return False
        self._count += len(names)
        return True
