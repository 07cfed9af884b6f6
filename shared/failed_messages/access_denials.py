"""Attempts beyond a role: counted in one record an hour for each actor and action, read by who approves."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from shared.errors import LostRace, StoreContended
from shared.failed_messages.access_denial import Attempted, DeniedAttempts, denied_again, first_denied
from shared.failed_messages.access_denial_store import DeniedAttemptsRegister
from shared.failed_messages.paging import Page

TRIES = 8
"""An actor who tries more often at the same moment is counted at least so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denials:
    """Note and list denied attempts."""

    register: DeniedAttemptsRegister
    clock: Callable[[], datetime]

    async def note(self, tried: Attempted) -> None:
        """Count an attempt. Raises StoreContended, StoreUnavailable."""
        at = self.clock()
        for _ in range(TRIES):
            found = await self.register.find(tried, at)
            with suppress(LostRace):
                if found is None:
                    await self.register.begin(first_denied(tried, at))
                else:
                    await self.register.amend(denied_again(found.attempts, tried, at), found.version)
                return
        raise StoreContended("denied attempts: changed by others at every try")

    async def page(self, cursor: str | None = None) -> Page[DeniedAttempts]:
        """List what was tried, the last attempt first. Raises BadCursor, StoreUnavailable."""
        return await self.register.page(cursor)
