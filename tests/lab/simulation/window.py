"""How many pushes may be under way at once.

What Google documents of push subscriptions (cloud.google.com/pubsub/docs/push, "Delivery rate" and "Push
backoff"): the window starts with a small single digit, grows with every success, exponentially up to 3,000
and linearly from there, and shrinks with every failure; and negative acknowledgements pause the whole
subscription, for 100 ms to 60 s. Two examples are given: about 500 ms at one a second, 30 to 60 s at five.

Not documented, and assumed here: that it starts at 3, that each success adds 1 (which doubles it each round
trip) and from 3,000 on one for a whole window's successes, that a failure halves it, and that the pause
grows by one factor for each further negative acknowledgement a second, through the two examples.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

FIRST = 3
KNEE = 3000
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 60.0
PAUSE_AT_ONE, PAUSE_AT_FIVE = 0.5, 45.0
FACTOR = (PAUSE_AT_FIVE / PAUSE_AT_ONE) ** (1 / 4)


class Window(Protocol):
    """Bounds the pushes that are under way."""

    @property
    def size(self) -> int:
        """Return how many may be."""
        ...

    def succeeded(self) -> None:
        """Learn of an acknowledgement."""
        ...

    def failed(self, now: float) -> float:
        """Learn of a failure at `now` seconds; return the seconds for which nothing is pushed."""
        ...


@dataclass(frozen=True)
class Fixed:
    """The relay's window: so many, whatever happens."""

    size: int

    def succeeded(self) -> None:
        """Change nothing."""

    def failed(self, now: float) -> float:
        """Change nothing."""
        return 0.0


@dataclass
class SlowStart:
    """Pub/Sub's window, as far as it is documented."""

    width: float = FIRST
    refused: deque[float] = field(default_factory=deque)

    @property
    def size(self) -> int:
        """Return the whole messages in it, one at least."""
        return max(1, int(self.width))

    def succeeded(self) -> None:
        """Grow."""
        self.width += 1 if self.width < KNEE else 1 / self.width

    def failed(self, now: float) -> float:
        """Shrink, and pause as the negative acknowledgements of the last second ask for."""
        self.width = max(1.0, self.width / 2)
        self.refused.append(now)
        while self.refused[0] <= now - 1:
            self.refused.popleft()
        return pause(len(self.refused))


def pause(refused_a_second: int) -> float:
    """Return for how many seconds so many negative acknowledgements a second stop a subscription."""
    asked = PAUSE_AT_ONE * FACTOR ** (refused_a_second - 1)
    return float(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, asked)))
