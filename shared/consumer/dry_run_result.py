"""The result of a dry run, as the function returns it in JSON."""

from dataclasses import dataclass
from datetime import datetime

from shared.errors import Outcome

ACKNOWLEDGED_OUTCOMES = frozenset({Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.STALE, Outcome.IGNORED})
"""The outcomes of an acknowledged message. A rejected one may be acknowledged too, as a dead letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterEvent:
    """An event of the order that is later than the message."""

    at: datetime
    event: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunResult:
    """The outcome that the deployed code would have now; nothing was committed."""

    outcome: Outcome
    reason: str = ""
    """The slug of the error; empty where the message would pass."""
    detail: str = ""
    """Fields and rules, never values."""
    later_events: tuple[LaterEvent, ...] = ()
    processed_at: datetime | None = None
    """When the same business key was processed, if it was."""

    @property
    def passes(self) -> bool:
        """Whether the message would be acknowledged."""
        return self.outcome in ACKNOWLEDGED_OUTCOMES
