"""What a function answered to a delivery, in full: its status alone does not say what came of it."""

from dataclasses import dataclass

from shared.consumer.dry_run_result import ACKNOWLEDGED
from shared.contracts.dead_letter import FailureReason

PREFLIGHT_PATH = "/preflight"
"""Where a function is asked what it would make of a push, instead of being given it."""

OUTCOME_HEADER = "x-outcome"
REASON_HEADER = "x-reason"
DETAIL_HEADER = "x-detail"
ERROR_TYPE_HEADER = "x-error-type"

NO_ANSWER = "replay.no_answer"
"""The reason of a replay whose answer did not arrive: whether it was processed is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionAnswer:
    """An outcome, with the cause where the delivery failed."""

    outcome: str
    failure_reason: FailureReason

    @property
    def acknowledged(self) -> bool:
        """Say whether the message is done; a rejected one is not, though its function may acknowledge it."""
        return self.outcome in ACKNOWLEDGED
