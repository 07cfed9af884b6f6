"""The recorded calls of one delivery, prepared for the floor that repeats them.

Any implementation has to do at least this:

    new document        write it field by field
    changed document    read the values of the fields that change, because the new values follow from them;
                        copy these fields, and write only the differences
    published message   encode its content as JSON; read a stored list that the message restates
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import msgspec
from google.cloud.firestore_v1.types import firestore
from google.pubsub_v1.types import pubsub

CommitRequest = firestore.CommitRequest.pb()
BatchGetRequest = firestore.BatchGetDocumentsRequest.pb()
BatchGetResponse = firestore.BatchGetDocumentsResponse.pb()
PublishRequest = pubsub.PublishRequest.pb()

Filling = tuple[str, Any]
"""The kind of a Firestore value, and its content: of a map or an array, further fillings."""

Entry = tuple[str, str, Any]
"""The name of a field, and its filling."""


@dataclass(frozen=True)
class RecordedWrite:
    """One write of a commit.

    Attributes:
        entries: the fields to fill.
        base: the document that was read and is changed; empty for a new one.
        mask: the fields that are written; none where the whole document is.
    """

    name: str
    entries: list[Entry]
    base: str = ""
    mask: tuple[str, ...] = ()
    creates: bool = False
    deletes: bool = False


@dataclass(frozen=True)
class RecordedMessage:
    """One published message; `content` is its data before it is encoded."""

    content: Any
    attributes: Mapping[str, str]
    ordering_key: str


@dataclass
class Recording:
    """The calls of a delivery in their order; publishes after each other are made at the same time."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    """BatchGetDocuments with names, Commit with writes, or Publish with messages by topic."""
    found: dict[str, Any] = field(default_factory=dict)
    restated: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields, by the document's name, that are read for a message only: it restates a stored list."""

    @classmethod
    def of(cls, calls: Iterable[tuple[str, str, list[str]]]) -> "Recording":
        """Prepare the calls that the backend recorded. Raises ValueError for a call that has no floor."""
        recording = cls()
        for method, request, responses in calls:
            recording._add(method, base64.b64decode(request), [*map(base64.b64decode, responses)])
        recording.restated = dict(_restated(recording))
        return recording

    def _add(self, method: str, request: bytes, responses: list[bytes]) -> None:
        match method:
            case "BatchGetDocuments":
                self.calls.append((method, [*BatchGetRequest.FromString(request).documents]))
                answers = map(BatchGetResponse.FromString, responses)
                self.found |= {each.found.name: each.found for each in answers if each.HasField("found")}
            case "Commit":
                writes = CommitRequest.FromString(request).writes
                self.calls.append((method, [*map(self._write, writes)]))
            case "Publish":
                self._add_publish(PublishRequest.FromString(request))
            case "BatchWrite":
                pass  # marks that the function writes after its answer, for many deliveries at once
            case _:
                raise ValueError(f"{method}: the floor does not repeat this call")

    def _add_publish(self, request: Any) -> None:
        messages = [
            RecordedMessage(msgspec.json.decode(m.data), dict(m.attributes), m.ordering_key)
            for m in request.messages
        ]
        if not self.calls or self.calls[-1][0] != "Publish":
            self.calls.append(("Publish", {}))
        self.calls[-1][1].setdefault(request.topic, []).extend(messages)

    def _write(self, write: Any) -> RecordedWrite:
        if write.delete:
            return RecordedWrite(write.delete, [], deletes=True)
        name, precondition = write.update.name, write.current_document
        before = self.found.get(name)
        return RecordedWrite(
            name=name,
            entries=[*_entries(write.update.fields, before.fields if before else {})],
            base=name if before else "",
            mask=tuple(write.update_mask.field_paths),
            creates=precondition.HasField("exists") and not precondition.exists,
        )


def _entries(after: Any, before: Any) -> Iterator[Entry]:
    """Yield the fields that differ from what they were before."""
    for name in after:
        value, was = after[name], before.get(name)
        if value != was:
            yield (name, *_filling(value, was))


def _filling(value: Any, was: Any = None) -> Filling:
    kind = value.WhichOneof("value_type")
    same = was is not None and was.WhichOneof("value_type") == kind
    match kind:
        case "map_value":
            return kind, [*_entries(value.map_value.fields, was.map_value.fields if same else {})]
        case "array_value":
            return kind, _items(value.array_value.values, was.array_value.values if same else ())
        case "timestamp_value":
            return kind, (value.timestamp_value.seconds, value.timestamp_value.nanos)
        case _:
            return kind, getattr(value, kind)


def _items(values: Any, were: Any) -> tuple[list[tuple[int, Filling]], list[Filling]]:
    """Return the items that differ, by their positions, and the items that are added."""
    pairs = enumerate(zip(values, were, strict=False))
    changed = [(at, _filling(value, was)) for at, (value, was) in pairs if value != was]
    return changed, [_filling(each) for each in values[len(were) :]]


def _restated(recording: Recording) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the lists that a message restates and no write changes: the floor reads what changes anyway."""
    found = recording.found
    writes = [each for method, them in recording.calls if method == "Commit" for each in them if each.base]
    changed = {each.base: {*(each.mask or found[each.base].fields)} for each in writes}
    topics = [by_topic for method, by_topic in recording.calls if method == "Publish"]
    contents = [each.content for by_topic in topics for each in chain(*by_topic.values())]
    for name, document in found.items():
        kept = {*document.fields} - changed.get(name, set())
        fields = [each for each in kept if any(_restates(it, document.fields[each]) for it in contents)]
        if fields:
            yield name, tuple(fields)


def _restates(content: Mapping[str, Any], stored: Any) -> bool:
    """Return whether a list of a message has a text of each item of a stored list, in its order."""
    values = stored.array_value.values
    lists = [each for each in content.values() if isinstance(each, list) and len(each) == len(values)]
    return any(values and all(map(_share_text, each, values)) for each in lists)


def _share_text(item: Mapping[str, Any], value: Any) -> bool:
    fields = value.map_value.fields
    return any(name in fields and text == fields[name].string_value for name, text in item.items() if text)
