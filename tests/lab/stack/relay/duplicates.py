"""Duplicates on demand: Pub/Sub delivers at least once, which a test should not have to wait for."""

from random import Random


class Duplicates:
    """Chooses the messages whose first acknowledgement is lost, so that they are delivered a second time."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ratio = 0.0
        self._next = 0
        self._chosen = set[str]()

    def demand(self, *, next_messages: int = 0, ratio: float = 0.0) -> None:
        """Duplicate the next so many messages and, of the others, a ratio from 0 to 1.

        Replaces earlier demands; raises ValueError for numbers out of range.
        """
        if next_messages < 0 or not 0 <= ratio <= 1:
            raise ValueError(f"no such demand: next_messages={next_messages}, ratio={ratio}")
        self._next, self._ratio = next_messages, ratio

    def choose(self, message_id: str) -> bool:
        """Return whether a message, just acknowledged, is delivered once more; true once at most for each."""
        if message_id in self._chosen:
            self._chosen.discard(message_id)
            return False
        if not self._demanded():
            return False
        self._chosen.add(message_id)
        return True

    def _demanded(self) -> bool:
        if self._next:
            self._next -= 1
            return True
        return self._random.random() < self._ratio
