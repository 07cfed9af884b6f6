"""Changing a case: read, decide, write over exactly what was read; decide anew where that was outdated."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from shared.errors import LostRace, StoreContended
from shared.failed_messages.errors import NotFound
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.model import Case
from shared.failed_messages.repository import Cases, Versioned

TRIES = 8
"""More people and requests than ever change one case at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Find cases and change them."""

    cases: Cases
    groups: FailureGroups

    async def find(self, case_id: str) -> Versioned:
        """Read a case; raise NotFound, StoreUnavailable."""
        found = await self.cases.find(case_id)
        if found is None:
            raise NotFound("id: no failed message has it")
        return found

    async def change(self, case_id: str, decide: Callable[[Case], Case]) -> Case:
        """Bring a case to what `decide` makes of it, once; whatever it raises is raised.

        Where it returns the case as it was, nothing is written. Raises NotFound, StoreContended,
        StoreUnavailable.
        """
        for _ in range(TRIES):
            found = await self.find(case_id)
            changed = decide(found.case)
            if changed is found.case:
                return changed
            if changed.failure_reason != found.case.failure_reason:
                await self.groups.note(changed)
            with suppress(LostRace):
                await self.cases.amend(changed, found.version)
                return changed
        raise StoreContended("case: changed by others at every try")
