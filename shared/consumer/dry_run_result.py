"""What would become of a message if it were delivered now."""

from dataclasses import dataclass
from datetime import datetime

from shared.errors import Outcome

ACKNOWLEDGED = frozenset({Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.STALE, Outcome.IGNORED})
"""Outcomes with which a delivery ends well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterEvent:
    """Something that happened to the order after the message did."""

    at: datetime
    event: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunResult:
    """The answer of the deployed code, asked without committing anything."""

    outcome: Outcome
    reason: str = ""
    """The slug of the error; empty where it would pass."""
    detail: str = ""
    """Fields and rules, never values."""
    later_events: tuple[LaterEvent, ...] = ()
    processed_at: datetime | None = None
    """When the same business key was processed, where it was."""

    @property
    def passes(self) -> bool:
        """Say whether the delivery would be acknowledged."""
        return self.outcome in ACKNOWLEDGED
