"""The plan of a load test."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """A number of publishers, each at a steady rate.

    Attributes:
        publishers: the number of concurrent publishers. rate: messages a second of each publisher. seconds:
        the duration. size: approximate bytes of a message. customers: customers that share all orders, so
        their messages wait for each other; 0 gives each order its own. rejected: share of the orders, from 0
        to 1, with amounts that do not add up. warm_up: messages that are published and finished before the
        test; they do not count.
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
        """Return the number of messages, including the warm-up."""
        return self.warm_up + self.publishers * round(self.rate * self.seconds)
