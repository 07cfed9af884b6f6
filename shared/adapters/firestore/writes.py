"""The writes a commit is made of."""

from collections.abc import Mapping
from typing import Any

from shared.adapters.firestore.rpc import Write
from shared.adapters.firestore.values import fill_fields


def create(name: str, fields: Mapping[str, Any]) -> Any:
    """Write a document that must not exist."""
    write = put(name, fields)
    write.current_document.exists = False
    return write


def replace(name: str, fields: Mapping[str, Any], version: Any) -> Any:
    """Write a document over exactly the version that was read."""
    write = put(name, fields)
    write.current_document.update_time.CopyFrom(version)
    return write


def put(name: str, fields: Mapping[str, Any]) -> Any:
    """Write a document, whatever is there."""
    write = Write()
    write.update.name = name
    fill_fields(write.update.fields, fields)
    return write


def merge(name: str, fields: Mapping[str, Any]) -> Any:
    """Write some fields of a document that must exist."""
    write = put(name, fields)
    write.update_mask.field_paths.extend(fields)
    write.current_document.exists = True
    return write


def delete(name: str) -> Any:
    """Delete a document, if it is there."""
    write = Write()
    write.delete = name
    return write
