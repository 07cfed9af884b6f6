"""A failed message: what is kept for the person who reviews it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.contracts.dead_letter import DeadLetter, FailureReason

NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMessage:
    """A dead letter joined with the cause its consumer wrote down; `fingerprint` is its id."""

    fingerprint: str
    letter: DeadLetter
    failure_reason: FailureReason
    attempts: int
    received_at: datetime
    order_id: str | None = None
    """Read from the payload; None where there is none, or nothing can be read."""
    critical: bool = False
    """Somebody should look at it now."""
    dead_letter_id: str = ""
    """The dead letter's own message id: a redelivery of it carries the same."""
    given_up_at: datetime = NEVER
    """When the dead letter was published."""
