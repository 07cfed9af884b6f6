"""Second-level retries: a message that came too early is replayed by itself once it would pass.

A scheduled request looks at those that are due. Each look counts as a try; between them the wait
doubles, and after the last the case is left to people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from shared.failed_messages.errors import NotAllowed
from shared.failed_messages.model import SYSTEM, Case, CaseStatus, Entry
from shared.failed_messages.replay import Replays
from shared.failed_messages.repository import Cases

MAX_RETRIES = 10
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryReport:
    """What one scheduled look came to."""

    looked_at: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredRetries:
    """Replay deferred messages whose time has come."""

    cases: Cases
    replays: Replays
    clock: Callable[[], datetime]
    first_wait: timedelta = FIRST_WAIT

    async def retry_due(self, limit: int = BATCH) -> RetryReport:
        """Look at the messages that are due, in the order of publication. Raises StoreUnavailable."""
        due = await self.cases.due_retries(self.clock(), limit)
        resolved = 0
        for case in sorted(due, key=lambda case: case.publish_time):
            resolved += await self._retry(case.id)
        return RetryReport(looked_at=len(due), resolved=resolved)

    async def _retry(self, case_id: str) -> bool:
        forecast = await self.replays.preflight(case_id)
        if forecast.passes:
            try:
                case = await self.replays.replay(case_id, by=SYSTEM)
            except NotAllowed:  # a person was faster
                return False
            if case.status is CaseStatus.RESOLVED:
                return True
        reason = forecast.forecast.reason
        await self.replays.file.change(case_id, lambda case: self._put_off(case, reason))
        return False

    def _put_off(self, case: Case, reason: str) -> Case:
        """Plan the next look at a case that is still open, or give up looking."""
        if case.status is not CaseStatus.OPEN:
            return case
        return put_off(case, reason, self.clock(), self.first_wait)


def put_off(case: Case, reason: str, now: datetime, first_wait: timedelta) -> Case:
    """Count a retry in vain; the wait doubles each time, up to six hours and ten tries."""
    tries = case.retries + 1
    ended = tries >= MAX_RETRIES
    wait = min(first_wait * 2**case.retries, LONGEST_WAIT)
    entry = Entry(at=now, by=SYSTEM, action="retries_ended" if ended else "still_deferred", detail=reason)
    return replace(case, retries=tries, retry_at=None if ended else now + wait).noted(entry)
