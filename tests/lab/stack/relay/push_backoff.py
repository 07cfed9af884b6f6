"""Push backoff: how long a push subscription delivers nothing after negative acknowledgements.

Google documents (cloud.google.com/pubsub/docs/push, "Push backoff") that it stops all deliveries of a
subscription for 100 ms to 60 s, that it grows exponentially, and that it can't be switched off. Two examples
are given for a subscriber that receives five messages a second: about 500 ms at one negative answer a second,
30 to 60 s at five.

The examples can be read in two ways, by the share of negative answers or by their number a second. Both
readings are here, each exponential through the two examples; both count the answers of the last second only.
"""

from collections import deque
from collections.abc import Callable

MIN_PAUSE_S, MAX_PAUSE_S = 0.1, 60.0
PAUSE_AT_ONE_S, PAUSE_AT_FIVE_S = 0.5, 45.0
EXAMPLE_ANSWERS = 5
"""Answers a second in Google's examples; the share of refusals counts at least this many answers."""

WINDOW_S = 1.0
GROWTH = PAUSE_AT_FIVE_S / PAUSE_AT_ONE_S

Reading = Callable[[int, int], float]
"""Returns the pause in seconds after `refused` of `answered` deliveries in the last second."""


def pause_by_share(refused: int, answered: int) -> float:
    """Return the pause where the share of negative answers counts."""
    share = refused / max(answered, EXAMPLE_ANSWERS)
    first, last = 1 / EXAMPLE_ANSWERS, 1.0
    return _bounded(GROWTH ** ((share - first) / (last - first)))


def pause_by_count(refused: int, _answered: int) -> float:
    """Return the pause where the number of negative answers a second counts."""
    return _bounded(GROWTH ** ((refused - 1) / (EXAMPLE_ANSWERS - 1)))


def _bounded(growth: float) -> float:
    return float(min(MAX_PAUSE_S, max(MIN_PAUSE_S, PAUSE_AT_ONE_S * growth)))


class PushBackoff:
    """The recent answers of one subscription, and the end of its pause; times are in seconds.

    Attributes:
        paused_until: the time before which nothing is delivered.
        paused_seconds: the total of all pauses.
    """

    def __init__(self, reading: Reading = pause_by_share) -> None:
        self._reading = reading
        self._answers: deque[tuple[float, bool]] = deque()
        self._refused = 0
        self.paused_until = 0.0
        self.paused_seconds = 0.0

    def answered(self, now: float, *, refused: bool) -> None:
        """Take an answer; pause after a negative one."""
        self._answers.append((now, refused))
        self._refused += refused
        while self._answers[0][0] <= now - WINDOW_S:
            self._refused -= self._answers.popleft()[1]
        if refused:
            until = now + self._reading(self._refused, len(self._answers))
            self.paused_seconds += max(0.0, until - max(now, self.paused_until))
            self.paused_until = max(self.paused_until, until)
