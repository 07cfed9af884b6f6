"""The retry policy of a subscription."""

from dataclasses import dataclass
from random import Random

from tests.lab.stack import topology
from tests.lab.stack.relay.verdict import backoff, is_last
from tests.lab.stack.topology import Subscription


@dataclass(frozen=True)
class RetryPolicy:
    """The retry policy of a subscription in the topology, with its jitter."""

    subscription: Subscription
    random: Random

    @classmethod
    def of(cls, name: str, random: Random) -> "RetryPolicy":
        """Read a subscription's policy."""
        return cls(topology.load().subscriptions[name], random)

    def after(self, failures: int) -> float | None:
        """Return the seconds to wait after a number of failures; None if the message is dead-lettered."""
        if is_last(self.subscription, failures):
            return None
        return backoff(self.subscription, failures, self.random)
