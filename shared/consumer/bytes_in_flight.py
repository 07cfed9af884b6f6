"""Bounds the bytes of all bodies that one instance handles at a time, because its memory follows them.

A 10 MB message takes up to 220 MiB while its function parses, encrypts and commits it. So an instance handles
one message of the largest size, or many small ones, and answers 429 to what exceeds the bound: Pub/Sub pushes
it again, perhaps to another instance.
"""

from typing import Self

from shared.errors import Overloaded, PushTooLarge

MAX_BODY_BYTES = 16_000_000
"""A message holds 10 MB (requirements 1.1), in base64 13.4 MB; the rest is for its attributes."""


class BytesInFlight:
    """The bodies in the memory of one instance."""

    def __init__(self, max_bytes: int = MAX_BODY_BYTES) -> None:
        """Allow so many bytes at a time; with fewer than the largest body some message could never pass."""
        self.max_bytes = max_bytes
        self.reserved = 0

    def reserve(self) -> "Reservation":
        """Start the reservation of one request, of no bytes yet."""
        return Reservation(self)


class Reservation:
    """The bytes of one request, until its context ends."""

    def __init__(self, total: BytesInFlight) -> None:
        """Reserve from the total of the instance."""
        self._total = total
        self._size = 0

    def __enter__(self) -> Self:
        """Reserve nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the bytes."""
        self._total.reserved -= self._size
        self._size = 0

    def grow(self, size: int) -> None:
        """Reserve at least `size` bytes. Raises PushTooLarge, and Overloaded beyond the total."""
        if size > MAX_BODY_BYTES:
            raise PushTooLarge(f"body: must be at most {MAX_BODY_BYTES} bytes")
        more = max(0, size - self._size)
        if self._total.reserved + more > self._total.max_bytes:
            raise Overloaded("body: exceeds the bytes that this instance may still handle")
        self._total.reserved += more
        self._size += more
