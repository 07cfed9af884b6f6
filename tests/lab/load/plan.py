"""What a load test is asked to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """So many publishers, each at a steady rate.

    Attributes:
        publishers: that publish at the same time.
        rate: messages a second of each.
        seconds: for how long.
        size: bytes of a message, about.
        customers: who share all orders, so that theirs wait for each other; 0 gives each order its own.
        rejected: share of the orders, from 0 to 1, whose amounts do not add up.
        warm_up: messages that are published and worked off before, and not counted.
    """

    publishers: int = 10
    rate: float = 10.0
    seconds: float = 30.0
    size: int = 5000
    customers: int = 0
    rejected: float = 0.0
    warm_up: int = 500

    @property
    def messages(self) -> int:
        """Say how many that are, with those that go before."""
        return self.warm_up + self.publishers * round(self.rate * self.seconds)
