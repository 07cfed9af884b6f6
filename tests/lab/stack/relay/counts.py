"""What a subscription's relay has done so far."""

from dataclasses import dataclass


@dataclass
class Counts:
    """Numbers of one subscription.

    `delivered` and `failed` count pushes, a message's every attempt; `acknowledged` and `dead_lettered` count
    messages; `outstanding` are those pulled and not yet one or the other.
    """

    delivered: int = 0
    acknowledged: int = 0
    failed: int = 0
    dead_lettered: int = 0
    outstanding: int = 0
