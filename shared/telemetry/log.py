"""One JSON line per delivery, in Cloud Logging's structure."""

import json
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from shared.errors import Outcome
from shared.telemetry.delivery import Delivery

HIGH_SEVERITY = "HIGH"
"""The producer's mark of a message that an operator should see though it was processed."""

_FIELDS = tuple(zip(Delivery.__struct_fields__, Delivery.__struct_encode_fields__, strict=True))
_SEVERITIES = {Outcome.REJECTED: "WARNING", Outcome.DEFERRED: "NOTICE", Outcome.ERROR: "ERROR"}
_encode = json.JSONEncoder(separators=(",", ":")).encode
_CONTEXT: ContextVar[Mapping[str, Any]] = ContextVar("log_context")


def bind_context(fields: Mapping[str, Any]) -> None:
    """Add fields to every further line that the current task writes."""
    _CONTEXT.set(fields)


def log_delivery(delivery: Delivery) -> None:
    """Write the line of one delivery, without its empty fields."""
    values = {name: getattr(delivery, attribute) for attribute, name in _FIELDS}
    fields = {name: value for name, value in values.items() if value not in (None, "")}
    write({"severity": _severity(delivery), "message": fields.get("outcome", ""), **fields})


def write(fields: Mapping[str, Any]) -> None:
    """Write a line to standard output, where the platform collects it."""
    sys.stdout.write(_encode({**fields, **_CONTEXT.get({})}) + "\n")
    sys.stdout.flush()


def _severity(delivery: Delivery) -> str:
    default = "WARNING" if delivery.event_severity == HIGH_SEVERITY else "INFO"
    return default if delivery.outcome is None else _SEVERITIES.get(delivery.outcome, default)
