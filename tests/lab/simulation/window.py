"""The number of concurrent pushes.

Google documents push subscriptions (cloud.google.com/pubsub/docs/push, "Delivery rate"). The window starts
with a small single digit and grows with every success, exponentially up to 3,000 and linearly from there. It
shrinks with every failure.

Not documented, and assumed here: the window starts at 3. Each success adds 1, which doubles it in each round
trip; from 3,000 on, a whole window of successes adds 1. A failure halves it.
"""

from dataclasses import dataclass, field
from typing import Protocol

from tests.lab.stack.relay.push_backoff import PushBackoff

INITIAL_SIZE = 3
LINEAR_FROM = 3000


class Window(Protocol):
    """Bounds the concurrent pushes."""

    @property
    def size(self) -> int:
        """Return the largest number of concurrent pushes."""
        ...

    @property
    def paused_until(self) -> float:
        """Return the time before which nothing is pushed."""
        ...

    def on_success(self, now: float) -> None:
        """Record an acknowledgement at `now` seconds."""
        ...

    def on_failure(self, now: float) -> None:
        """Record a failure at `now` seconds."""
        ...


@dataclass(frozen=True)
class FixedWindow:
    """A window that never changes, without push backoff."""

    size: int
    paused_until: float = 0.0

    def on_success(self, now: float) -> None:
        """Change nothing."""

    def on_failure(self, now: float) -> None:
        """Change nothing."""


@dataclass
class SlowStart:
    """Pub/Sub's window and push backoff, as far as they are documented."""

    backoff: PushBackoff = field(default_factory=PushBackoff)
    width: float = INITIAL_SIZE

    @property
    def size(self) -> int:
        """Return the width in whole messages, at least one."""
        return max(1, int(self.width))

    @property
    def paused_until(self) -> float:
        """Return the end of the push backoff."""
        return self.backoff.paused_until

    def on_success(self, now: float) -> None:
        """Grow the window."""
        self.width += 1 if self.width < LINEAR_FROM else 1 / self.width
        self.backoff.answered(now, refused=False)

    def on_failure(self, now: float) -> None:
        """Shrink the window, and pause."""
        self.width = max(1.0, self.width / 2)
        self.backoff.answered(now, refused=True)
