"""Deliveries that change the same entity take turns within one instance, in order of arrival.

The preconditions of a commit keep every entity right without this. But of many deliveries that read the same
stock at once, one commits and all others read again:

    80 at once   about 80 * 80 / 2 calls, and a delivery with five lost races fails
    in turns     80 reads and 80 commits

Other instances are not waited for.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Hashable
from contextlib import asynccontextmanager

MAX_WAIT_S = 20.0
"""Less than an acknowledgement deadline. A delivery that has waited for so long goes on."""


class KeyedTurns:
    """One turn at a time for each key."""

    def __init__(self, max_wait_s: float = MAX_WAIT_S) -> None:
        """Wait at most so many seconds for a turn."""
        self._max_wait_s = max_wait_s
        self._last: dict[Hashable, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def take(self, keys: Collection[Hashable]) -> AsyncIterator[None]:
        """Enter after the earlier turns of all keys; the turn ends with the context.

        Each delivery waits for earlier ones only, so none of them waits for the other.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        earlier = {self._last[key] for key in keys if key in self._last}
        self._last.update(dict.fromkeys(keys, turn))
        try:
            if earlier:
                await asyncio.wait(earlier, timeout=self._max_wait_s)
            yield
        finally:
            turn.set_result(None)
            for key in keys:
                if self._last.get(key) is turn:
                    del self._last[key]
