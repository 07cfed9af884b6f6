"""Compare-and-set: read, decide, write over the version that was read; repeat after a conflict."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from shared.errors import LostRace, StoreContended

Result = TypeVar("Result")

MAX_TRIES = 8
"""More than the people and requests that change one document at the same moment."""


async def retry_on_conflict(attempt: Callable[[], Awaitable[Result]], document: str) -> Result:
    """Repeat an attempt while it raises LostRace; raise StoreContended after the last one.

    `document` names the kind of document in the error's text.
    """
    for _ in range(MAX_TRIES):
        with suppress(LostRace):
            return await attempt()
    raise StoreContended(f"{document}: other writers changed it at every try")
