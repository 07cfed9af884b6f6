"""The number of concurrent pushes.

Google documents push subscriptions (cloud.google.com/pubsub/docs/push, "Delivery rate" and "Push backoff").
The window starts with a small single digit and grows with every success, exponentially up to 3,000 and
linearly from there. It shrinks with every failure. Negative acknowledgements pause the whole subscription for
100 ms to 60 s, with two examples: about 500 ms at one a second, and 30 to 60 s at five.

Not documented, and assumed here: the window starts at 3. Each success adds 1, which doubles it in each round
trip; from 3,000 on, a whole window of successes adds 1. A failure halves it. The pause grows by a constant
factor for each further negative acknowledgement a second, through the two examples.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

INITIAL_SIZE = 3
LINEAR_FROM = 3000
MIN_PAUSE_S, MAX_PAUSE_S = 0.1, 60.0
PAUSE_AT_ONE_S, PAUSE_AT_FIVE_S = 0.5, 45.0
PAUSE_FACTOR = (PAUSE_AT_FIVE_S / PAUSE_AT_ONE_S) ** (1 / 4)


class Window(Protocol):
    """Limits the concurrent pushes."""

    @property
    def size(self) -> int:
        """Return the largest number of concurrent pushes."""
        ...

    def on_success(self) -> None:
        """Record an acknowledgement."""
        ...

    def on_failure(self, now: float) -> float:
        """Record a failure at `now` seconds; return the seconds without pushes."""
        ...


@dataclass(frozen=True)
class FixedWindow:
    """The relay's window, which never changes."""

    size: int

    def on_success(self) -> None:
        """Change nothing."""

    def on_failure(self, now: float) -> float:
        """Change nothing."""
        return 0.0


@dataclass
class SlowStart:
    """Pub/Sub's window, as far as it is documented."""

    width: float = INITIAL_SIZE
    refused: deque[float] = field(default_factory=deque)

    @property
    def size(self) -> int:
        """Return the width in whole messages, at least one."""
        return max(1, int(self.width))

    def on_success(self) -> None:
        """Grow the window."""
        self.width += 1 if self.width < LINEAR_FROM else 1 / self.width

    def on_failure(self, now: float) -> float:
        """Shrink the window, and pause by the negative acknowledgements of the last second."""
        self.width = max(1.0, self.width / 2)
        self.refused.append(now)
        while self.refused[0] <= now - 1:
            self.refused.popleft()
        return pause_seconds(len(self.refused))


def pause_seconds(refused_a_second: int) -> float:
    """Return the pause of a subscription for a number of negative acknowledgements a second."""
    pause_s = PAUSE_AT_ONE_S * PAUSE_FACTOR ** (refused_a_second - 1)
    return float(min(MAX_PAUSE_S, max(MIN_PAUSE_S, pause_s)))
