"""One JSON line per message, in Cloud Logging's structure; only fields on the list get out."""

import json
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

ALLOWED = (
    "outcome",
    "status",
    "subscription",
    "messageId",
    "correlationId",
    "attempt",
    "eventSeverity",
    "fingerprint",
    "errorType",
    "reason",
    "detail",
    "raisedAt",
    "durationMs",
)
_encoded = json.JSONEncoder(separators=(",", ":")).encode
_SEVERITY = {"rejected": "WARNING", "deferred": "NOTICE", "error": "ERROR"}
_CONTEXT: ContextVar[Mapping[str, Any]] = ContextVar("log_context")


def bind(context: Mapping[str, Any]) -> None:
    """Put fields on every further line that is written for the same message."""
    _CONTEXT.set(context)


def log(entry: Mapping[str, Any]) -> None:
    """Write the line of one message."""
    told = {name: entry[name] for name in ALLOWED if entry.get(name) not in (None, "")}
    write({"severity": _severity(told), "message": str(told.get("outcome", "")), **told})


def write(line: Mapping[str, Any]) -> None:
    """Write a line to standard output, where the platform collects it."""
    sys.stdout.write(_encoded({**line, **_CONTEXT.get({})}) + "\n")
    sys.stdout.flush()


def _severity(told: Mapping[str, Any]) -> str:
    """Rank the line; what a producer marks as HIGH is worth an operator's look though it was processed."""
    calm = "WARNING" if told.get("eventSeverity") == "HIGH" else "INFO"
    return _SEVERITY.get(str(told.get("outcome", "")), calm)
