"""The billed amounts of the calls that functions make."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from google.cloud.firestore_v1.types import firestore
from google.pubsub_v1.types import pubsub

from tests.lab.stack.fault_plan import Fault, FaultPlan

MIN_BILLED_BYTES = 1000
"""Least size that Pub/Sub bills for a request."""

TIMESTAMP_BYTES = 20
"""Size that Pub/Sub bills for a message's publish time."""

CommitRequest = firestore.CommitRequest.pb()
BatchWriteRequest = firestore.BatchWriteRequest.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
PublishRequest = pubsub.PublishRequest.pb()

Parse = Callable[[bytes], Any]


class RecordingPlan(FaultPlan):
    """A fault plan without faults that records every request."""

    def __init__(self) -> None:
        """Start without requests."""
        super().__init__()
        self.requests: list[tuple[str, bytes]] = []

    def meet(self, method: str, request: bytes) -> Fault | None:
        """Record the request."""
        self.requests.append((method.rpartition("/")[2], request))
        return super().meet(method, request)

    def of(self, method: str, parse: Parse) -> Iterator[Any]:
        """Yield the requests of an RPC."""
        return (parse(request) for name, request in self.requests if name == method)

    def written(self) -> list[Any]:
        """Return all writes of documents."""
        requests = [*self.of("Commit", CommitRequest.FromString)]
        requests += self.of("BatchWrite", BatchWriteRequest.FromString)
        return [write for request in requests for write in request.writes]

    def reads(self) -> int:
        """Return the number of documents looked up; a query counts as one at least."""
        looked_up = sum(
            len(each.documents) for each in self.of("BatchGetDocuments", BatchGetRequest.FromString)
        )
        return looked_up + self.calls["RunQuery"] + self.calls["RunAggregationQuery"]

    def publishes(self) -> list[Any]:
        """Return all publish requests."""
        return [*self.of("Publish", PublishRequest.FromString)]


def count_by_collection(writes: list[Any]) -> dict[str, int]:
    """Count writes by the innermost collection of their document."""
    return dict(Counter((write.update.name or write.delete).split("/")[-2] for write in writes))


def new_documents(writes: list[Any], *, expiring: bool) -> tuple[int, int]:
    """Return the number and size of new documents, of those that expire or of those that stay."""
    new = {
        write.update.name: write.update
        for write in writes
        if write.update.name and not write.current_document.HasField("update_time") and not _merges(write)
    }
    found = [each for each in new.values() if ("expireAt" in each.fields) is expiring]
    return len(found), sum(each.ByteSize() for each in found)


def _merges(write: Any) -> bool:
    return bool(write.update_mask.field_paths)


def billed_bytes(data: bytes, attributes: dict[str, str], message_id: str = "1234567890123456") -> int:
    """Return the bytes that Pub/Sub bills for a message in its own request, published or delivered."""
    named = sum(len(name.encode()) + len(value.encode()) for name, value in attributes.items())
    return max(MIN_BILLED_BYTES, len(data) + named + TIMESTAMP_BYTES + len(message_id))
