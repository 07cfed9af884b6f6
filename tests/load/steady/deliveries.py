"""What the functions say of each delivery, as numbers."""

import json
from collections import Counter
from collections.abc import Callable


class Deliveries:
    """Take the functions' output; keep how long handlers took and when each message was processed."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Tell the time of a line by a clock, in seconds."""
        self._clock = clock
        self.outcomes: Counter[str] = Counter()
        self.handler_ms: list[float] = []
        self.processed_at: dict[str, float] = {}

    def __call__(self, _: str, line: str) -> None:
        """Take one line."""
        if not line.startswith("{"):
            return
        entry = json.loads(line)
        if entry.get("subscription") == "order-create-sub":
            self.outcomes[entry["outcome"]] += 1
            self.handler_ms.append(entry["durationMs"])
            if entry["outcome"] == "processed":
                self.processed_at[entry["messageId"]] = self._clock()
