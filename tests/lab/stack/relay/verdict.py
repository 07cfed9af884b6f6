"""What follows an attempt: pure arithmetic on the subscription's policy."""

from dataclasses import dataclass
from random import Random

from tests.lab.stack.topology import Subscription


@dataclass(frozen=True)
class Acknowledge:
    """The message is done."""


@dataclass(frozen=True)
class Retry:
    """The message is pushed again, after some seconds."""

    after: float


@dataclass(frozen=True)
class DeadLetter:
    """The message goes to the dead-letter topic."""


Verdict = Acknowledge | Retry | DeadLetter


def verdict(policy: Subscription, attempt: int, random: Random, *, succeeded: bool) -> Verdict:
    """Judge the message by its attempt, counted from 1."""
    if succeeded:
        return Acknowledge()
    if is_last(policy, attempt):
        return DeadLetter()
    return Retry(backoff(policy, attempt, random))


def is_last(policy: Subscription, attempt: int) -> bool:
    """Return whether a failure of this attempt dead-letters; without a dead-letter topic none does."""
    return policy.dead_letter_topic is not None and attempt >= policy.max_delivery_attempts


def backoff(policy: Subscription, failures: int, random: Random) -> float:
    """Return the seconds to wait after so many failures: the minimum, doubled by each further one.

    The jitter of +-25 % comes after the cap, so the longest wait is a quarter above the maximum
    (requirements 7.1).
    """
    delay = min(policy.minimum_backoff_seconds << (failures - 1), policy.maximum_backoff_seconds)
    return delay * random.uniform(0.75, 1.25)
