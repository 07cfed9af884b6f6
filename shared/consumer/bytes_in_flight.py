"""Bounds the bytes of all bodies that one instance handles at a time, because its memory follows them.

A 10 MB message takes up to 220 MiB while its function parses, encrypts and commits it. So an instance handles
one message of the largest size, or many small ones. A further large message waits before its body is read.
After the longest wait it answers 429: Pub/Sub pushes the message again, perhaps to another instance.
"""

import asyncio
from typing import Self

from shared.errors import Overloaded, PushTooLarge

MAX_BODY_BYTES = 16_000_000
"""A message holds 10 MB (requirements 1.1), in base64 13.4 MB; the rest is for its attributes."""

MAX_WAIT_S = 20.0
"""The longest wait; with the handling after it a request ends well before its deadline."""


class BytesInFlight:
    """The bodies in the memory of one instance."""

    def __init__(self, max_bytes: int = MAX_BODY_BYTES, max_wait_s: float = MAX_WAIT_S) -> None:
        """Bound the bytes of all bodies; with a bound below the largest body, that body could never pass."""
        self.max_bytes = max_bytes
        self.max_wait_s = max_wait_s
        self.reserved = 0
        self._released = asyncio.Event()

    def start_request(self) -> "RequestBytes":
        """Reserve no bytes yet."""
        return RequestBytes(self)

    def fits(self, size: int) -> bool:
        """Return whether `size` more bytes may be reserved."""
        return self.reserved + size <= self.max_bytes

    async def wait_for(self, size: int) -> None:
        """Wait until `size` bytes are free. Raises Overloaded after `max_wait_s`."""
        try:
            async with asyncio.timeout(self.max_wait_s):
                while not self.fits(size):
                    await self._released.wait()
        except TimeoutError:
            raise _overloaded() from None

    def release(self, size: int) -> None:
        """Free bytes; every waiting request checks again."""
        self.reserved -= size
        self._released.set()
        self._released = asyncio.Event()


class RequestBytes:
    """The reserved bytes of one request, until its context ends."""

    def __init__(self, total: BytesInFlight) -> None:
        """Reserve from the total of the instance."""
        self._total = total
        self._size = 0

    def __enter__(self) -> Self:
        """Reserve nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the bytes."""
        self._total.release(self._size)

    async def announce(self, size: int) -> None:
        """Reserve `size` bytes, waiting for them. Raises PushTooLarge and Overloaded."""
        if size <= MAX_BODY_BYTES and not self._total.fits(size):
            await self._total.wait_for(size)
        self.grow(size)

    def grow(self, size: int) -> None:
        """Reserve at least `size` bytes now. Raises PushTooLarge, and Overloaded beyond the total.

        A body that is longer than announced does not wait: it holds bytes that others may wait for.
        """
        if size > MAX_BODY_BYTES:
            raise PushTooLarge(f"body: must be at most {MAX_BODY_BYTES} bytes")
        more = max(0, size - self._size)
        if not self._total.fits(more):
            raise _overloaded()
        self._total.reserved += more
        self._size += more


def _overloaded() -> Overloaded:
    return Overloaded("body: exceeds the bytes that this instance may still handle")
