"""The decision after each attempt: pure arithmetic on the subscription's policy."""

from dataclasses import dataclass
from random import Random

from tests.lab.stack.topology import Subscription


@dataclass(frozen=True)
class Acknowledge:
    """Acknowledge the message."""


@dataclass(frozen=True)
class Retry:
    """Push the message again after some seconds."""

    after: float


@dataclass(frozen=True)
class DeadLetter:
    """Publish the message to the dead-letter topic."""


Verdict = Acknowledge | Retry | DeadLetter


def decide_next(policy: Subscription, attempt: int, random: Random, *, succeeded: bool) -> Verdict:
    """Decide what follows an attempt, counted from 1."""
    if succeeded:
        return Acknowledge()
    if is_last(policy, attempt):
        return DeadLetter()
    return Retry(backoff(policy, attempt, random))


def is_last(policy: Subscription, attempt: int) -> bool:
    """Return whether a failure of this attempt dead-letters; never without a dead-letter topic."""
    return policy.dead_letter_topic is not None and attempt >= policy.max_delivery_attempts


def backoff(policy: Subscription, failures: int, random: Random) -> float:
    """Return the seconds to wait after a number of failures: the minimum, doubled by each further failure.

    The jitter of +-25 % applies after the cap, so the longest wait is a quarter above the maximum
    (requirements 7.1).
    """
    delay = min(policy.minimum_backoff_seconds << (failures - 1), policy.maximum_backoff_seconds)
    return delay * random.uniform(0.75, 1.25)
