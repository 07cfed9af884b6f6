"""The writes of a commit.

Each one fills a protobuf Write inside its request: a Write that is built separately would be copied into the
request with every field of its document.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from shared.gcp.firestore.values import change_fields, fill_fields


class Write(NamedTuple):
    """One write: the resource name of its document, and the function that fills in the protobuf message."""

    name: str
    fill: Callable[[Any], None]
    creates: bool = False
    """The document must be new: no other request reads, changes or locks it."""


def create(name: str, fields: Mapping[str, Any]) -> Write:
    """Create a document; fail if it exists."""

    def fill(write: Any) -> None:
        _fill_document(write, name, fields)
        write.current_document.exists = False

    return Write(name, fill, creates=True)


def replace(name: str, fields: Mapping[str, Any], version: Any) -> Write:
    """Replace a document if it still has the version (update time) that was read."""

    def fill(write: Any) -> None:
        _fill_document(write, name, fields)
        write.current_document.update_time.CopyFrom(version)

    return Write(name, fill)


def update_if(document: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> Write:
    """Write what differs between `before` and `after`, if the document is still the one that was read."""
    names = [
        name
        for name in {**before, **after}
        if name not in before or name not in after or before[name] != after[name]
    ]
    # Copying a list or a map, and changing the copy, takes a tenth of the time of writing it.
    copied = {name: before[name] for name in names if isinstance(before.get(name), dict | tuple)}
    becomes = {name: after[name] for name in names if name in after}

    def fill(write: Any) -> None:
        write.update.name = document.name
        for name in copied:
            write.update.fields[name].CopyFrom(document.fields[name])
        change_fields(write.update.fields, copied, becomes)
        write.update_mask.SetInParent()  # without a mask, a write without changes would empty the document
        write.update_mask.field_paths.extend(names)
        write.current_document.update_time.CopyFrom(document.update_time)

    return Write(document.name, fill)


def set_document(name: str, fields: Mapping[str, Any]) -> Write:
    """Write a whole document, without a precondition."""

    def fill(write: Any) -> None:
        _fill_document(write, name, fields)

    return Write(name, fill)


def update_fields(name: str, fields: Mapping[str, Any]) -> Write:
    """Write some fields of a document; fail if it does not exist."""

    def fill(write: Any) -> None:
        _fill_document(write, name, fields)
        write.update_mask.field_paths.extend(fields)
        write.current_document.exists = True

    return Write(name, fill)


def remove_fields(name: str, fields: Iterable[str]) -> Write:
    """Remove some fields of a document; fail if it does not exist."""

    def fill(write: Any) -> None:
        write.update.name = name
        write.update_mask.field_paths.extend(fields)
        write.current_document.exists = True

    return Write(name, fill)


def update_fields_if(name: str, fields: Mapping[str, Any], version: Any) -> Write:
    """Write some fields of a document if it still has the version (update time) that was read."""

    def fill(write: Any) -> None:
        _fill_document(write, name, fields)
        write.update_mask.field_paths.extend(fields)
        write.current_document.update_time.CopyFrom(version)

    return Write(name, fill)


def delete(name: str) -> Write:
    """Delete a document; succeed if it does not exist."""

    def fill(write: Any) -> None:
        write.delete = name

    return Write(name, fill)


def _fill_document(write: Any, name: str, fields: Mapping[str, Any]) -> None:
    write.update.name = name
    fill_fields(write.update.fields, fields)
