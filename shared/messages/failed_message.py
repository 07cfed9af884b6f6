"""A failed message: what is kept for the person who reviews it."""

from dataclasses import dataclass
from datetime import datetime

from shared.messages.dead_letter import Cause, DeadLetter


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMessage:
    """A dead letter joined with the cause its consumer wrote down; `fingerprint` is its id."""

    fingerprint: str
    letter: DeadLetter
    cause: Cause
    attempts: int
    received_at: datetime
