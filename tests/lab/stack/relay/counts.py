"""Counts of one subscription's relay."""

from dataclasses import dataclass


@dataclass
class Counts:
    """Counts of one subscription.

    `delivered` and `failed` count pushes, one for each attempt. `acknowledged` and `dead_lettered` count
    messages. `outstanding` is the number of pulled messages that are neither acknowledged nor dead-lettered.
    `paused_seconds` is the sum of all push backoffs, before they are scaled.
    """

    delivered: int = 0
    acknowledged: int = 0
    failed: int = 0
    dead_lettered: int = 0
    outstanding: int = 0
    paused_seconds: float = 0.0
