"""What somebody tried on the console that their role does not allow, as it is kept for who approves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TARGETS_LIMIT = 20
"""Different things an actor tried the same on within an hour, as far as they are named; all are counted."""

RETENTION = timedelta(days=365)
"""How long a denied attempt is remembered after the last of its hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One denied attempt."""

    by: str
    """The verified identity."""
    role: str
    """What they are, and is not enough."""
    action: str
    """The last word of the address: unmask, editor, replay, discard, runs."""
    target: str
    """The id of the message, group or run; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedAttempts:
    """All of one actor's attempts at one action within an hour: one record, however often they try."""

    by: str
    role: str
    action: str
    targets: tuple[str, ...]
    """The first of them, each once."""
    count: int
    first_at: datetime
    last_at: datetime

    @property
    def expire_at(self) -> datetime:
        """Say when the record may be forgotten."""
        return self.last_at + RETENTION


def first_denied(tried: Attempted, at: datetime) -> DeniedAttempts:
    """Begin an hour's record."""
    targets = (tried.target,) if tried.target else ()
    return DeniedAttempts(
        by=tried.by, role=tried.role, action=tried.action, targets=targets, count=1, first_at=at, last_at=at
    )


def denied_again(known: DeniedAttempts, tried: Attempted, at: datetime) -> DeniedAttempts:
    """Count one more attempt."""
    targets = dict.fromkeys((*known.targets, *((tried.target,) if tried.target else ())))
    return replace(
        known,
        role=tried.role,
        targets=tuple(targets)[:TARGETS_LIMIT],
        count=known.count + 1,
        last_at=max(at, known.last_at),
    )
