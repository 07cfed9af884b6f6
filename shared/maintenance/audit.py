"""Records of maintenance in the audit log: who ran which command when, and with which counts."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from shared.failed_messages.audit_log import AuditLog, new_record

ACTIONS = {"erase": "erased", "reencrypt": "reencrypted", "deadlines": "deadlines_updated"}
"""Stored actions, by command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceRun:
    """One run of a command; its record names neither a customer nor a document."""

    id: str
    command: str
    by: str
    at: datetime


def new_run(command: str, by: str, at: datetime) -> MaintenanceRun:
    """Return a run with an id of its own."""
    return MaintenanceRun(id=uuid4().hex, command=command, by=by, at=at)


async def record_begin(audit: AuditLog, run: MaintenanceRun) -> None:
    """Record a run before it reads a document: it may break. Raises StoreUnavailable."""
    await _record(audit, run, "begun")


async def record_end(audit: AuditLog, run: MaintenanceRun, counts: Counter[str]) -> None:
    """Add the counts to the record of a run. Raises StoreUnavailable."""
    await _record(audit, run, format_counts(counts))


def format_counts(counts: Counter[str]) -> str:
    """Write the counts of a run in one line."""
    return ", ".join(f"{kind}: {number}" for kind, number in sorted(counts.items())) or "nothing is stored"


async def _record(audit: AuditLog, run: MaintenanceRun, detail: str) -> None:
    record = new_record(
        at=run.at, by=run.by, action=ACTIONS[run.command], kind="maintenance", target=run.id, detail=detail
    )
    await audit.write(record)
