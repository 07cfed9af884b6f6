"""The backend's answers: documents by name, and message ids from a counter."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from google.cloud.firestore_v1.types import firestore
from google.protobuf.timestamp_pb2 import Timestamp
from google.pubsub_v1.types import pubsub

from tests.lab.bench.backend.http2 import ALREADY_EXISTS, Refused

CommitRequest = firestore.CommitRequest.pb()
CommitResponse = firestore.CommitResponse.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
BatchGetResponse = firestore.BatchGetDocumentsResponse.pb()
PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()


class MemoryBackend:
    """Answer the functions' calls; every write succeeds except the creation of an existing document.

    `Keep` and `Restore` save and restore all documents; their request is a name.
    """

    def __init__(self) -> None:
        """Start without documents."""
        self._documents: dict[str, Any] = {}
        self._kept: dict[bytes, dict[str, Any]] = {}
        self._message_ids = count(1)
        self._methods: dict[str, Callable[[bytes], Sequence[bytes]]] = {
            "Commit": self._commit,
            "BatchWrite": lambda _: [b""],
            "BatchGetDocuments": self._get,
            "Publish": self._publish,
            "Keep": self._keep,
            "Restore": self._restore,
        }

    def answer(self, path: str, request: bytes) -> Sequence[bytes]:
        """Answer one call."""
        return self._methods[path.rpartition("/")[2]](request)

    def _commit(self, request: bytes) -> Sequence[bytes]:
        response = CommitResponse(commit_time=_now())
        writes = CommitRequest.FromString(request).writes
        if any(_creates(write) and write.update.name in self._documents for write in writes):
            raise Refused(ALREADY_EXISTS)
        for write in writes:
            if write.update.name and not write.update_mask.field_paths:
                self._documents[write.update.name] = write.update
            response.write_results.add().update_time.CopyFrom(response.commit_time)
        return [response.SerializeToString()]

    def _get(self, request: bytes) -> Sequence[bytes]:
        return [self._found(name) for name in BatchGetRequest.FromString(request).documents]

    def _found(self, name: str) -> bytes:
        response = BatchGetResponse(read_time=_now())
        if document := self._documents.get(name):
            response.found.CopyFrom(document)
            response.found.update_time.CopyFrom(response.read_time)
        else:
            response.missing = name
        return bytes(response.SerializeToString())

    def _publish(self, request: bytes) -> Sequence[bytes]:
        messages = PublishRequest.FromString(request).messages
        ids = [str(next(self._message_ids)) for _ in messages]
        return [PublishResponse(message_ids=ids).SerializeToString()]

    def _keep(self, name: bytes) -> Sequence[bytes]:
        self._kept[name] = dict(self._documents)
        return [b""]

    def _restore(self, name: bytes) -> Sequence[bytes]:
        self._documents = dict(self._kept[name])
        return [b""]


def _creates(write: Any) -> bool:
    precondition = write.current_document
    return precondition.HasField("exists") and not precondition.exists


def _now() -> Timestamp:
    now = Timestamp()
    now.GetCurrentTime()
    return now
