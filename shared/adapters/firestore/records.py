"""Records of the review as documents: the same fields in camelCase, enumerations as their text."""

import dataclasses
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import datetime
from typing import Any, TypeVar

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from pydantic.alias_generators import to_camel

Record = TypeVar("Record")


def to_fields(record: Any) -> dict[str, Any]:
    """Restate a record as a document's fields; its id is the document's."""
    fields: dict[str, Any] = _CONVERTER.unstructure(record)
    fields.pop("id")
    return fields


def from_fields(kind: type[Record], identifier: str, fields: Mapping[str, Any]) -> Record:
    """Restore a record; what an older document lacks takes its default."""
    return _CONVERTER.structure({**fields, "id": identifier}, kind)


def document_id(document: Any) -> str:
    """Tell a document's id from its full name."""
    return str(document.name).rsplit("/", 1)[-1]


def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(datetime, lambda at: at)
    converter.register_structure_hook(datetime, lambda at, _: at)
    converter.register_unstructure_hook_factory(
        is_dataclass, lambda kind: make_dict_unstructure_fn(kind, converter, **_names(kind))
    )
    converter.register_structure_hook_factory(
        is_dataclass, lambda kind: make_dict_structure_fn(kind, converter, **_names(kind))
    )
    return converter


def _names(kind: type) -> dict[str, Any]:
    return {each.name: override(rename=to_camel(each.name)) for each in dataclasses.fields(kind)}


_CONVERTER = _converter()
