"""The commit of a recorded delivery, built again field by field from the protocol buffers."""

from collections.abc import Mapping
from typing import Any

from tests.lab.bench.recording import CommitRequest, Entry, RecordedWrite

SUFFIX = 8
"""Digits at the end of a document's name that a new name replaces."""

NESTED = frozenset({"map_value", "array_value", "timestamp_value"})


def build_commit(database: str, writes: list[RecordedWrite], found: Mapping[str, Any], number: int) -> Any:
    """Return the commit of the floor's delivery with this number, over the documents that it read."""
    request = CommitRequest(database=database)
    for each in writes:
        write = request.writes.add()
        if each.deletes:
            write.delete = each.name
            continue
        # A new document has a name of its own; changes go to another name than what the next delivery reads.
        write.update.name = f"{each.name[:-SUFFIX]}{number if each.creates else 0:0{SUFFIX}x}"
        fields = write.update.fields
        if each.base:
            read_values(found[each.base].fields, each.mask)
            _copy(fields, found[each.base].fields, each.mask)
            write.current_document.update_time.CopyFrom(found[each.base].update_time)
        elif each.creates:
            write.current_document.exists = False
        _fill_fields(fields, each.entries)
        if each.mask:
            write.update_mask.field_paths.extend(each.mask)
    return request


def read_values(fields: Any, mask: tuple[str, ...]) -> dict[str, Any]:
    """Convert some fields, or all where none are named, to Python values."""
    return {name: _read(fields[name]) for name in mask or fields if name in fields}


def _read(value: Any) -> Any:
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        fields = value.map_value.fields
        return {name: _read(fields[name]) for name in fields}
    if kind == "array_value":
        return [_read(each) for each in value.array_value.values]
    if kind == "timestamp_value":
        return value.timestamp_value.seconds, value.timestamp_value.nanos
    return getattr(value, kind)


def _copy(fields: Any, before: Any, mask: tuple[str, ...]) -> None:
    if not mask:
        fields.MergeFrom(before)
    for name in mask:
        if name in before:
            fields[name].CopyFrom(before[name])


def _fill_fields(fields: Any, entries: list[Entry]) -> None:
    for name, kind, value in entries:
        if kind in NESTED:
            _fill(fields[name], kind, value)
        else:
            setattr(fields[name], kind, value)


def _fill(target: Any, kind: str, value: Any) -> None:
    if kind == "map_value":
        target.map_value.SetInParent()
        _fill_fields(target.map_value.fields, value)
    elif kind == "array_value":
        target.array_value.SetInParent()
        values = target.array_value.values
        changed, added = value
        for position, filling in changed:
            _fill(values[position], *filling)
        for filling in added:
            _fill(values.add(), *filling)
    elif kind == "timestamp_value":
        target.timestamp_value.seconds, target.timestamp_value.nanos = value
    else:
        setattr(target, kind, value)
