"""The arriving messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random


@dataclass(slots=True)
class Message:
    """One message.

    Attributes:
        published: when it was published.
        key: its ordering key.
        valid: whether it can be processed; its function rejects an invalid message at every push.
        needs: when the message that it needs arrives; its function defers it until then.
        failures: negative answers so far.
        dead_lettered: whether its function dead-lettered it.
    """

    published: float
    key: int
    valid: bool = True
    needs: float = 0.0
    failures: int = 0
    dead_lettered: bool = False

    @property
    def good(self) -> bool:
        """Whether the message is processed at its first delivery."""
        return self.valid and not self.needs


@dataclass(frozen=True)
class Traffic:
    """A steady stream of messages.

    Attributes:
        rate: messages a second.
        seconds: the duration.
        customers: the number of ordering keys, used in turn; 0 gives each message its own.
        rejected: share of invalid messages, spread evenly.
        deferred: share of messages that need another one, spread evenly.
        late_s: how long after them the other message arrives.
        even: whether intervals are even, as in the load test, or random, as with many producers.
    """

    rate: float
    seconds: float
    customers: int = 0
    rejected: float = 0.0
    deferred: float = 0.0
    late_s: float = 2.0
    even: bool = False

    def messages(self, random: Random) -> Iterator[Message]:
        """Yield the messages in order of their times."""
        at = 0.0
        for number in count():
            at = number / self.rate if self.even else at + random.expovariate(self.rate)
            if at >= self.seconds:
                return
            key = number % self.customers if self.customers else number
            valid = not _is_one(number, self.rejected)
            needs = at + self.late_s if valid and _is_one(number, self.deferred) else 0.0
            yield Message(at, key, valid, needs)


def _is_one(number: int, share: float) -> bool:
    """Return whether a number is one of a share, spread evenly."""
    return int((number + 1) * share) != int(number * share)
