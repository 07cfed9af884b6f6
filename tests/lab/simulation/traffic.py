"""The arriving messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random


@dataclass(slots=True)
class Message:
    """One message; `key` is its ordering key, and a message that is not `valid` is refused at every push."""

    published: float
    key: int
    valid: bool = True
    failures: int = 0


@dataclass(frozen=True)
class Traffic:
    """A steady stream of messages.

    Attributes:
        rate: messages a second.
        seconds: the duration.
        customers: the number of ordering keys, used in turn; 0 gives each message its own.
        rejected: share of invalid messages, spread evenly.
        even: whether intervals are even, as in the load test, or random, as with many producers.
    """

    rate: float
    seconds: float
    customers: int = 0
    rejected: float = 0.0
    even: bool = False

    def messages(self, random: Random) -> Iterator[Message]:
        """Yield the messages in order of their times."""
        at = 0.0
        for number in count():
            at = number / self.rate if self.even else at + random.expovariate(self.rate)
            if at >= self.seconds:
                return
            key = number % self.customers if self.customers else number
            valid = int((number + 1) * self.rejected) == int(number * self.rejected)
            yield Message(at, key, valid)
