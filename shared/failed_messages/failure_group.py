"""Failures of one cause: the same subscription, error type and reason."""

from datetime import datetime

from shared.domain.value import Value


class FailureGroup(Value):
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
