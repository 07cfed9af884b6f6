"""The deliveries of a run, parsed from the functions' log lines."""

import json
from collections.abc import Callable
from dataclasses import dataclass

SUBSCRIPTION = "order-create-sub"


@dataclass(frozen=True)
class Delivery:
    """One delivery: the time of its answer in seconds, and the handler's time in ms."""

    at: float
    outcome: str
    handler_ms: float


class Deliveries:
    """Parse the functions' output; keep every delivery, and the time of each message's last one.

    Attributes:
        all: deliveries in the order of their answers.
        processed_at: the time of each message that took effect, by id, in seconds.
        failed_at: the time of the last attempt of each message that did not, by id, in seconds.
    """

    def __init__(self, clock: Callable[[], float], max_attempts: int) -> None:
        """Use a clock in seconds for the time of a line."""
        self._clock = clock
        self._max_attempts = max_attempts
        self.all: list[Delivery] = []
        self.processed_at: dict[str, float] = {}
        self.failed_at: dict[str, float] = {}

    def __call__(self, _: str, line: str) -> None:
        """Parse one line."""
        if not line.startswith("{"):
            return
        entry = json.loads(line)
        if entry.get("subscription") == SUBSCRIPTION:
            self._record(entry["messageId"], entry["outcome"], entry["durationMs"], entry["attempt"])

    @property
    def finished_at(self) -> dict[str, float]:
        """Return the time of each message's last delivery, by id."""
        return self.failed_at | self.processed_at

    def clear(self) -> None:
        """Remove all deliveries."""
        self.all.clear()
        self.processed_at.clear()
        self.failed_at.clear()

    def _record(self, message: str, outcome: str, handler_ms: float, attempt: int) -> None:
        now = self._clock()
        self.all.append(Delivery(now, outcome, handler_ms))
        if outcome in ("processed", "duplicate"):
            self.processed_at.setdefault(message, now)
        elif attempt >= self._max_attempts:
            self.failed_at[message] = now
