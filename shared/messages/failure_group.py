"""Failures of one cause: the same subscription, error type and reason."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """One cause of failures; how many there are is counted when somebody asks."""

    id: str
    subscription: str
    topic: str
    error_type: str
    reason: str
    critical: bool
    first_seen_at: datetime
    last_seen_at: datetime
    """To the minute: a flood of failures does not write it for each."""
