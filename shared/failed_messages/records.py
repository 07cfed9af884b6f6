"""Records of the review as documents: the same fields in camelCase, enumerations as their text."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from shared.domain.value import Value
from shared.gcp.firestore.values import NATIVE_TYPES

Record = TypeVar("Record", bound=Value)


def to_fields(record: Value) -> dict[str, Any]:
    """Restate a record as a document's fields; its id is the document's."""
    fields: dict[str, Any] = msgspec.to_builtins(record, builtin_types=NATIVE_TYPES)
    fields.pop("id")
    return fields


def from_fields(kind: type[Record], identifier: str, fields: Mapping[str, Any]) -> Record:
    """Restore a record; what an older document lacks takes its default."""
    return msgspec.convert({**fields, "id": identifier}, kind)


def document_id(document: Any) -> str:
    """Tell a document's id from its full name."""
    return str(document.name).rsplit("/", 1)[-1]
