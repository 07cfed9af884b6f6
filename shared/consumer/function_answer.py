"""A function's full answer to a delivery: the outcome and failure reason that its status does not show."""

from dataclasses import dataclass

from shared.consumer.dry_run_result import ACKNOWLEDGED_OUTCOMES
from shared.contracts.dead_letter import FailureReason

DRY_RUN_PATH = "/preflight"
"""The path of a function that answers a push with a dry run."""

OUTCOME_HEADER = "x-outcome"
REASON_HEADER = "x-reason"
DETAIL_HEADER = "x-detail"
ERROR_TYPE_HEADER = "x-error-type"

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
