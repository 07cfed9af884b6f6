"""Reads, from the calls that functions make, what they are billed for."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from google.cloud.firestore_v1.types import firestore
from google.pubsub_v1.types import pubsub

from tests.lab.stack.fault_plan import Fault, FaultPlan

SMALLEST_REQUEST = 1000
"""Bytes that Pub/Sub bills a request at least."""

TIMESTAMP = 20
"""Bytes that Pub/Sub bills a message's time."""

CommitRequest = firestore.CommitRequest.pb()
BatchWriteRequest = firestore.BatchWriteRequest.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
PublishRequest = pubsub.PublishRequest.pb()

Parse = Callable[[bytes], Any]


class Recording(FaultPlan):
    """Lets every call pass and keeps its request."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.requests: list[tuple[str, bytes]] = []

    def meet(self, method: str, request: bytes) -> Fault | None:
        """Keep the request."""
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
        """Count documents looked up; a query reads one at least."""
        looked_up = sum(
            len(each.documents) for each in self.of("BatchGetDocuments", BatchGetRequest.FromString)
        )
        return looked_up + self.calls["RunQuery"] + self.calls["RunAggregationQuery"]

    def publishes(self) -> list[Any]:
        """Return all publish requests."""
        return [*self.of("Publish", PublishRequest.FromString)]


def by_collection(writes: list[Any]) -> dict[str, int]:
    """Count writes by the collection of their document, the innermost one."""
    return dict(Counter((write.update.name or write.delete).split("/")[-2] for write in writes))


def grown(writes: list[Any], *, expiring: bool) -> tuple[int, int]:
    """Return how many new documents there are that TTL deletes, or that stay, and their bytes."""
    new = {
        write.update.name: write.update
        for write in writes
        if write.update.name and not write.current_document.HasField("update_time") and not _merges(write)
    }
    found = [each for each in new.values() if ("expireAt" in each.fields) is expiring]
    return len(found), sum(each.ByteSize() for each in found)


def _merges(write: Any) -> bool:
    return bool(write.update_mask.field_paths)


def billed(data: bytes, attributes: dict[str, str], message_id: str = "1234567890123456") -> int:
    """Return the bytes that Pub/Sub bills a message, published or delivered, in a request of its own."""
    named = sum(len(name.encode()) + len(value.encode()) for name, value in attributes.items())
    return max(SMALLEST_REQUEST, len(data) + named + TIMESTAMP + len(message_id))
