"""The register of failures: groups by cause, and how often each message was given up."""

from contextlib import suppress

from shared.errors import LostRace, StoreContended
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.model import dead_lettered_again, open_case
from shared.failed_messages.repository import Cases
from shared.failed_messages.stored_dead_letter import FailedMessage

TRIES = 5


class FailureRegister:
    """Note causes and repetitions of failures."""

    def __init__(self, cases: Cases, groups: FailureGroups) -> None:
        """Write to cases and groups."""
        self._cases = cases
        self._groups = groups

    async def prepare(self, failed: FailedMessage) -> None:
        """Make the group of a message's cause known. Raises StoreUnavailable."""
        await self._groups.note(open_case(failed))

    async def failed_again(self, failed: FailedMessage) -> bool:
        """Count a message that was kept before; return False where this dead letter was counted before.

        Raises StoreContended, StoreUnavailable.
        """
        for _ in range(TRIES):
            found = await self._cases.find(failed.fingerprint)
            changed = dead_lettered_again(found.case, failed) if found else None
            if found is None or changed is None:
                return False
            with suppress(LostRace):
                await self._cases.amend(changed, found.version)
                return True
        raise StoreContended("failed message: changed by others at every try")
