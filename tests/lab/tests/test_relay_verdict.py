"""The subscription's policy alone decides what follows a push."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.stack.relay.verdict import Acknowledge, DeadLetter, Retry, backoff, decide_next
from tests.lab.stack.topology import load

POLICY = load().subscriptions["order-create-sub"]
DEAD_LETTERS = load().dead_letter_subscriptions["order-create-dlq-sub"]


class Steady(Random):
    """A source of jitter that always returns the value at the same share of the range."""

    def __init__(self, share: float) -> None:
        super().__init__(0)
        self._share = share

    def uniform(self, a: float, b: float) -> float:
        """Return the value at that share of the range from a to b."""
        return a + (b - a) * self._share


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (9, 256), (10, 300), (2000, 300)],
)
def test_backoff_doubles_up_to_the_maximum(failures: int, seconds: int) -> None:
    """Without jitter the waits are 1, 2, 4, 8 s and so on, 300 s at most (requirements 7.2)."""
    assert backoff(POLICY, failures, Steady(0.5)) == seconds


@given(failures=st.integers(1, 100), seed=st.integers())
def test_jitter_stays_within_a_quarter(failures: int, seed: int) -> None:
    """A wait differs from the planned one by at most 25 % (requirements 7.1)."""
    planned = backoff(POLICY, failures, Steady(0.5))
    jitter = Random(seed)  # noqa: S311 - chance, no secret
    assert 0.75 * planned <= backoff(POLICY, failures, jitter) <= 1.25 * planned


@pytest.mark.parametrize(("share", "seconds"), [(0.0, 3.0), (1.0, 5.0)])
def test_jitter_reaches_a_quarter_both_ways(share: float, seconds: float) -> None:
    """The third wait of 4 s may become 3 s or 5 s."""
    assert backoff(POLICY, 3, Steady(share)) == seconds


@pytest.mark.parametrize("attempt", [1, 5, 6])
def test_success_acknowledges_at_any_attempt(attempt: int) -> None:
    """A success finishes the message, also at the last attempt."""
    assert decide_next(POLICY, attempt, Steady(0.5), succeeded=True) == Acknowledge()


def test_fifth_failure_dead_letters() -> None:
    """Four failures are retried, the fifth dead-letters (requirements 6.1)."""
    verdicts = [decide_next(POLICY, attempt, Steady(0.5), succeeded=False) for attempt in range(1, 6)]
    assert verdicts == [Retry(1), Retry(2), Retry(4), Retry(8), DeadLetter()]


def test_without_dead_letter_topic_there_is_no_last_attempt() -> None:
    """A dead letter that cannot be stored is retried until its retention ends."""
    assert decide_next(DEAD_LETTERS, 500, Steady(0.5), succeeded=False) == Retry(300)
