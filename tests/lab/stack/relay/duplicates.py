"""Duplicates on demand: Pub/Sub delivers at least once, and a test needs the second delivery now."""

from random import Random


class Duplicates:
    """Chooses messages to deliver a second time, as if their first acknowledgement were lost."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ratio = 0.0
        self._next = 0
        self._chosen = set[str]()

    def demand(self, *, next_messages: int = 0, ratio: float = 0.0) -> None:
        """Duplicate the next messages, and a ratio (0 to 1) of all later ones.

        Replaces earlier demands. Raises ValueError for numbers out of range.
        """
        if next_messages < 0 or not 0 <= ratio <= 1:
            raise ValueError(f"invalid demand: next_messages={next_messages}, ratio={ratio}")
        self._next, self._ratio = next_messages, ratio

    def choose(self, message_id: str) -> bool:
        """Return whether to deliver an acknowledged message again; at most once for each message."""
        if message_id in self._chosen:
            self._chosen.discard(message_id)
            return False
        if not self._is_demanded():
            return False
        self._chosen.add(message_id)
        return True

    def _is_demanded(self) -> bool:
        if self._next:
            self._next -= 1
            return True
        return self._random.random() < self._ratio
