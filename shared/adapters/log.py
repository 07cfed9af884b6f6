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
    "reason",
    "detail",
    "raisedAt",
    "durationMs",
)
_SEVERITY = {"rejected": "WARNING", "deferred": "NOTICE", "error": "ERROR"}


def log(entry: Mapping[str, Any]) -> None:
    """Write a line to standard output, where the platform collects it."""
    told = {name: entry[name] for name in ALLOWED if entry.get(name) not in (None, "")}
    outcome = str(entry.get("outcome", ""))
    line = {"severity": _SEVERITY.get(outcome, "INFO"), "message": outcome, **told}
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()
