"""What a function answers: headers with outcome and failure reason, or the result of a dry run in JSON."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.dead_letter import FailureReason
from shared.errors import Outcome

DRY_RUN_PATH = "/preflight"
"""The path of a function that answers a push with a dry run."""

OUTCOME_HEADER = "x-outcome"
REASON_HEADER = "x-reason"
DETAIL_HEADER = "x-detail"
ERROR_TYPE_HEADER = "x-error-type"

ACKNOWLEDGED_OUTCOMES = frozenset({Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.STALE, Outcome.IGNORED})
"""The outcomes of an acknowledged message. A rejected one may be acknowledged too, as a dead letter."""

NO_ANSWER = "replay.no_answer"
"""The reason of a replay without an answer: the message may or may not be processed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionAnswer:
    """An outcome, with the failure reason where the delivery failed."""

    outcome: str
    failure_reason: FailureReason

    @property
    def acknowledged(self) -> bool:
        """Whether the message is done. A rejected one is not, even if its function acknowledged it."""
        return self.outcome in ACKNOWLEDGED_OUTCOMES


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
