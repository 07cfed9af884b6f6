"""Automatic replay: a message that came too early is replayed once it would succeed.

A scheduled request checks the messages that are due. Each check counts as a try. The wait doubles after
every try, and after the last one the message is left to people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from shared.failed_messages.errors import NotAllowed
from shared.failed_messages.model import SYSTEM, AuditEntry, FailedMessage, MessageStatus
from shared.failed_messages.repository import FailedMessageRepository
from shared.failed_messages.service import FailedMessageService

MAX_TRIES = 10
FIRST_WAIT = timedelta(minutes=1)
MAX_WAIT = timedelta(hours=6)
BATCH_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticReplayReport:
    """The number of messages that one scheduled request checked and resolved."""

    looked_at: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticReplay:
    """Replay the messages that are due."""

    repository: FailedMessageRepository
    messages: FailedMessageService
    clock: Callable[[], datetime]
    first_wait: timedelta = FIRST_WAIT

    async def replay_due(self, limit: int = BATCH_SIZE) -> AutomaticReplayReport:
        """Check the messages that are due, in order of publication. Raises StoreUnavailable."""
        due = await self.repository.due_for_replay(self.clock(), limit)
        resolved = 0
        for message in sorted(due, key=lambda message: message.publish_time):
            resolved += await self._replay(message.id)
        return AutomaticReplayReport(looked_at=len(due), resolved=resolved)

    async def _replay(self, message_id: str) -> bool:
        check = await self.messages.check_replay(message_id)
        if check.passes:
            try:
                message = await self.messages.replay(message_id, by=SYSTEM)
            except NotAllowed:  # a person was faster
                return False
            if message.status is MessageStatus.RESOLVED:
                return True
        reason = check.dry_run.reason
        await self.repository.update(message_id, lambda message: self._postpone(message, reason))
        return False

    def _postpone(self, message: FailedMessage, reason: str) -> FailedMessage:
        if message.status is not MessageStatus.OPEN:
            return message
        return postpone(message, reason, self.clock(), self.first_wait)


def postpone(message: FailedMessage, reason: str, now: datetime, first_wait: timedelta) -> FailedMessage:
    """Count a try without success; double the wait, up to six hours and ten tries."""
    tries = message.automatic_replays + 1
    ended = tries >= MAX_TRIES
    wait = min(first_wait * 2**message.automatic_replays, MAX_WAIT)
    action = "retries_ended" if ended else "still_deferred"
    return replace(message, automatic_replays=tries, next_replay_at=None if ended else now + wait).with_entry(
        AuditEntry(at=now, by=SYSTEM, action=action, detail=reason)
    )
