"""What the functions say of each delivery, as numbers."""

import json
from collections.abc import Callable
from dataclasses import dataclass

SUBSCRIPTION = "order-create-sub"


@dataclass(frozen=True)
class Delivery:
    """One delivery: when it had its answer, in seconds, and how long the handler took, in ms."""

    at: float
    outcome: str
    handler_ms: float


class Deliveries:
    """Take the functions' output; keep every delivery, and when each message had its last.

    Attributes:
        seen: deliveries in the order of their answers.
        processed_at: seconds of messages that took effect, by id.
        given_up_at: seconds of the last attempt of messages that did not, by id.
    """

    def __init__(self, clock: Callable[[], float], max_attempts: int) -> None:
        """Tell the time of a line by a clock, in seconds."""
        self._clock = clock
        self._max_attempts = max_attempts
        self.seen: list[Delivery] = []
        self.processed_at: dict[str, float] = {}
        self.given_up_at: dict[str, float] = {}

    def __call__(self, _: str, line: str) -> None:
        """Take one line."""
        if not line.startswith("{"):
            return
        entry = json.loads(line)
        if entry.get("subscription") == SUBSCRIPTION:
            self._take(entry["messageId"], entry["outcome"], entry["durationMs"], entry["attempt"])

    @property
    def ended_at(self) -> dict[str, float]:
        """Return when each message had its last delivery, by id."""
        return self.given_up_at | self.processed_at

    def clear(self) -> None:
        """Forget what was seen so far."""
        self.seen.clear()
        self.processed_at.clear()
        self.given_up_at.clear()

    def _take(self, message: str, outcome: str, handler_ms: float, attempt: int) -> None:
        now = self._clock()
        self.seen.append(Delivery(now, outcome, handler_ms))
        if outcome in ("processed", "duplicate"):
            self.processed_at.setdefault(message, now)
        elif attempt >= self._max_attempts:
            self.given_up_at[message] = now
