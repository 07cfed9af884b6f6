"""One JSON line per message, in Cloud Logging's structure; only fields on the list get out."""

import json
import sys
from collections.abc import Mapping
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
    "reason",
    "detail",
    "raisedAt",
    "durationMs",
)
_SEVERITY = {"rejected": "WARNING", "deferred": "NOTICE", "error": "ERROR"}


def log(entry: Mapping[str, Any]) -> None:
    """Write a line to standard output, where the platform collects it."""
    told = {name: entry[name] for name in ALLOWED if entry.get(name) not in (None, "")}
    line = {"severity": _severity(told), "message": str(told.get("outcome", "")), **told}
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _severity(told: Mapping[str, Any]) -> str:
    """Rank the line; what a producer marks as HIGH is worth an operator's look though it was processed."""
    calm = "WARNING" if told.get("eventSeverity") == "HIGH" else "INFO"
    return _SEVERITY.get(str(told.get("outcome", "")), calm)
