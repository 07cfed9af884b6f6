"""Patches of payloads: steps that set, remove or compute fields, as operations of JSON Patch (RFC 6902).

A step names its field by a JSON Pointer (RFC 6901). A computed step becomes operations with the values of one
payload. Numbers stay exact decimals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jiter
import msgspec

from shared.domain.value import Value
from shared.failed_messages.formulas import FORMULAS

_JSON = msgspec.json.Encoder(decimal_format="number")


class StepKind(StrEnum):
    """What a step does with its field."""

    SET = "set"
    REMOVE = "remove"
    COMPUTE = "compute"


class PatchStep(Value):
    """One step: `value` is JSON for a set field; `formula` is the name of a computation."""

    kind: StepKind
    path: str = ""
    value: str = ""
    formula: str = ""


class PatchFailed(Exception):
    """The patch does not fit the payload; the text names the field, never a value."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of JSON Patch, with the value that it replaces; None where there was no such field."""

    op: str
    path: str
    value: Any
    before: Any


def parse_payload(data: bytes) -> Any:
    """Read a payload; raise PatchFailed where it is not JSON, or has a key twice."""
    try:
        return jiter.from_json(data, cache_mode="none", float_mode="decimal", catch_duplicate_keys=True)
    except ValueError:
        raise PatchFailed("data: must be JSON without duplicate keys") from None


def write_payload(document: Any) -> bytes:
    """Write a payload; numbers keep their digits."""
    return _JSON.encode(document)


def apply_patch(data: bytes, steps: Iterable[PatchStep]) -> tuple[bytes, tuple[Operation, ...]]:
    """Patch a payload; return it with the operations that changed something. Raises PatchFailed."""
    document, applied = parse_payload(data), []
    for step in steps:
        for operation in _operations(document, step):
            if operation.op == "remove" or operation.value != operation.before:
                _apply(document, operation)
                applied.append(operation)
    return write_payload(document), tuple(applied)


def _operations(document: Any, step: PatchStep) -> Sequence[Operation]:
    if step.kind is StepKind.COMPUTE:
        return _compute_operations(document, step.formula)
    present, before = _find(document, step.path)
    if step.kind is StepKind.REMOVE:
        return [Operation("remove", step.path, None, before)] if present else []
    return [Operation("replace" if present else "add", step.path, parse_value(step.value), before)]


def _compute_operations(document: Any, formula: str) -> Sequence[Operation]:
    try:
        values = FORMULAS[formula].compute(document)
    except (KeyError, TypeError, ArithmeticError):
        raise PatchFailed("data: a field that the repair needs is missing") from None
    return [
        Operation("replace" if present else "add", path, value, before)
        for path, value in values.items()
        for present, before in [_find(document, path)]
    ]


def parse_value(written: str) -> Any:
    """Read the value of a step; text that is not JSON is taken as a string."""
    try:
        return jiter.from_json(written.encode(), cache_mode="none", float_mode="decimal")
    except ValueError:
        return written


def _find(document: Any, path: str) -> tuple[bool, Any]:
    parent, key = _find_parent(document, path)
    if isinstance(parent, dict):
        return key in parent, parent.get(key)
    index = _index(parent, key, path)
    return True, parent[index]


def _apply(document: Any, operation: Operation) -> None:
    parent, key = _find_parent(document, operation.path)
    place = key if isinstance(parent, dict) else _index(parent, key, operation.path)
    if operation.op == "remove":
        del parent[place]
    else:
        parent[place] = operation.value


def _find_parent(document: Any, path: str) -> tuple[Any, str]:
    """Return the object or list that holds the field at a path, and the field's name or index."""
    if not path.startswith("/"):
        raise PatchFailed("path: must begin with /")
    *above, key = (step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/"))
    for step in above:
        present = step in document if isinstance(document, dict) else isinstance(document, list)
        if not present:
            raise PatchFailed(f"{path}: the payload has no such field")
        document = document[step] if isinstance(document, dict) else document[_index(document, step, path)]
    if not isinstance(document, dict | list):
        raise PatchFailed(f"{path}: the payload has no such field")
    return document, key


def _index(parent: list[Any], key: str, path: str) -> int:
    if not key.isdecimal() or int(key) >= len(parent):
        raise PatchFailed(f"{path}: the payload has no such field")
    return int(key)
