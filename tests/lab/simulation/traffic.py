"""What arrives."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random


@dataclass(slots=True)
class Message:
    """One message on its way; `key` orders it among others, and what is not `valid` is refused each time."""

    published: float
    key: int
    valid: bool = True
    failures: int = 0


@dataclass(frozen=True)
class Traffic:
    """A steady stream.

    Attributes:
        rate: messages a second.
        seconds: for how long.
        customers: ordering keys, taken in turn; 0 gives each message its own.
        rejected: share that is not valid, spread evenly.
        even: at even distances, as the load test publishes; else at random ones, as many producers do.
    """

    rate: float
    seconds: float
    customers: int = 0
    rejected: float = 0.0
    even: bool = False

    def messages(self, random: Random) -> Iterator[Message]:
        """Yield them in the order of their moments."""
        at = 0.0
        for number in count():
            at = number / self.rate if self.even else at + random.expovariate(self.rate)
            if at >= self.seconds:
                return
            key = number % self.customers if self.customers else number
            valid = int((number + 1) * self.rejected) == int(number * self.rejected)
            yield Message(at, key, valid)
