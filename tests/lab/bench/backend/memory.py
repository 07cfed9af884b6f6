"""The backend's answers: documents by name, and message ids from a counter."""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from google.cloud.firestore_v1.types import document, firestore
from google.protobuf.timestamp_pb2 import Timestamp
from google.pubsub_v1.types import pubsub

from tests.lab.bench.backend.http2 import ALREADY_EXISTS, Refused, Response
from tests.lab.bench.backend.subscriptions import Subscriptions

Document = document.Document.pb()
CommitRequest = firestore.CommitRequest.pb()
CommitResponse = firestore.CommitResponse.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
BatchGetResponse = firestore.BatchGetDocumentsResponse.pb()
PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()


class MemoryBackend:
    """Answer the calls of functions and relay; only the creation of an existing document is refused.

    `Keep` and `Restore` save and restore all documents; their request is a name. `Record` starts to record
    calls, and `Recorded` returns them.
    """

    def __init__(self) -> None:
        """Start without documents."""
        self._documents: dict[str, Any] = {}
        self._kept: dict[bytes, dict[str, Any]] = {}
        self._message_ids = count(1)
        self._recorded: list[tuple[str, bytes, Sequence[bytes]]] | None = None
        self._subscriptions = Subscriptions()
        self._methods: dict[str, Callable[[bytes], Response]] = {
            "Commit": self._commit,
            "BatchWrite": lambda _: [b""],
            "BatchGetDocuments": self._get,
            "Publish": self._publish,
            "CreateTopic": lambda _: [b""],
            "CreateSubscription": self._subscriptions.create,
            "Pull": self._subscriptions.pull,
            "Acknowledge": lambda _: [b""],
            "ModifyAckDeadline": lambda _: [b""],
        }
        self._controls: dict[str, Callable[[bytes], Sequence[bytes]]] = {
            "Keep": self._keep,
            "Restore": self._restore,
            "Record": self._record,
            "Recorded": self._take_recorded,
        }

    def answer(self, path: str, request: bytes) -> Response:
        """Answer one call."""
        method = path.rpartition("/")[2]
        if control := self._controls.get(method):
            return control(request)
        responses = self._methods[method](request)
        if self._recorded is not None and not isinstance(responses, asyncio.Future):
            self._recorded.append((method, request, responses))
        return responses

    def _commit(self, request: bytes) -> Sequence[bytes]:
        response = CommitResponse(commit_time=_now())
        writes = CommitRequest.FromString(request).writes
        if any(_creates(write) and write.update.name in self._documents for write in writes):
            raise Refused(ALREADY_EXISTS)
        for write in writes:
            if write.update.name:
                self._documents[write.update.name] = self._written(write)
            response.write_results.add().update_time.CopyFrom(response.commit_time)
        return [response.SerializeToString()]

    def _written(self, write: Any) -> Any:
        """Return a document as it is after a write; the fields of a mask are at the top level."""
        before = self._documents.get(write.update.name)
        if before is None or not write.update_mask.field_paths:
            return write.update
        after = Document()
        after.CopyFrom(before)
        for path in write.update_mask.field_paths:
            after.fields.pop(path, None)
        after.fields.MergeFrom(write.update.fields)
        return after

    def _get(self, request: bytes) -> Sequence[bytes]:
        return [self._found(name) for name in BatchGetRequest.FromString(request).documents]

    def _found(self, name: str) -> bytes:
        response = BatchGetResponse(read_time=_now())
        if found := self._documents.get(name):
            response.found.CopyFrom(found)
            response.found.update_time.CopyFrom(response.read_time)
        else:
            response.missing = name
        return bytes(response.SerializeToString())

    def _publish(self, request: bytes) -> Sequence[bytes]:
        published = PublishRequest.FromString(request)
        ids = [str(next(self._message_ids)) for _ in published.messages]
        self._subscriptions.publish(published.topic, published.messages, ids, _now())
        return [PublishResponse(message_ids=ids).SerializeToString()]

    def _keep(self, name: bytes) -> Sequence[bytes]:
        self._kept[name] = dict(self._documents)
        return [b""]

    def _restore(self, name: bytes) -> Sequence[bytes]:
        self._documents = dict(self._kept[name])
        return [b""]

    def _record(self, _: bytes) -> Sequence[bytes]:
        self._recorded = []
        return [b""]

    def _take_recorded(self, _: bytes) -> Sequence[bytes]:
        """Return the recorded calls as JSON, and stop recording."""
        calls, self._recorded = self._recorded or [], None
        recorded = [[method, _text(request), [*map(_text, answers)]] for method, request, answers in calls]
        return [json.dumps(recorded).encode()]


def _creates(write: Any) -> bool:
    precondition = write.current_document
    return precondition.HasField("exists") and not precondition.exists


def _text(message: bytes) -> str:
    return base64.b64encode(message).decode()


def _now() -> Timestamp:
    now = Timestamp()
    now.GetCurrentTime()
    return now
