"""Automatic replay: a schedule replays messages with a failure that may pass without a person.

It covers messages that came too early (`deferred`), that met an unavailable service (`transient`), and that
no function answered (`not_recorded`). A scheduled request works on each subscription in order of publication.
Customers with fewer failed tries come first, so that a message which ends its function each time delays only
its own customer for long:

    dry run meets an outage       the subscription is unhealthy: postpone the message, stop until next time
    dry run answers               the subscription is healthy: replay the message, the canary for the rest
    canary succeeds               replay the rest at a bounded rate
    replay meets an outage        postpone the message, stop until next time
    replay fails otherwise        the message stays for a person
    message is still too early    postpone it, go on with the next

The wait of a postponed message doubles with every try. After the last try it stays for a person. A fact about
goods, or a cancellation, that is rejected or waited in vain becomes critical, and alerts. A person can pause
a subscription; `automatic_replay: false` in the topology switches it off.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from msgspec.structs import replace

from shared.errors import ErrorType, LostRace, Outcome, PublishUnavailable, StoreContended, StoreUnavailable
from shared.failed_messages.automatic_replay_pauses import AutomaticReplayPause, AutomaticReplayPauses
from shared.failed_messages.dead_letter import CRITICAL_REJECTIONS
from shared.failed_messages.errors import InProgress, NotAllowed, NotFound
from shared.failed_messages.failure_reports import FailureReports
from shared.failed_messages.function_client import NO_DRY_RUN
from shared.failed_messages.model import SYSTEM, AuditEntry, FailedMessage, MessageStatus
from shared.failed_messages.producer_notices import ProducerNotices
from shared.failed_messages.reopening import OUTAGE_TYPES
from shared.failed_messages.replay_turns import first_outage_times, sort_by_turn, would_overtake
from shared.failed_messages.repository import FailedMessageRepository
from shared.failed_messages.service import FailedMessageService, ReplayCheck
from shared.failed_messages.transitions import is_replay_interrupted
from shared.telemetry import log

MAX_REPLAYS = 11
"""The last is 14 hours after the first: a refund waits twelve for its captures (`needed_message`)."""
FIRST_REPLAY_WAIT = timedelta(minutes=1)
MAX_REPLAY_WAIT = timedelta(hours=6)

MAX_DUE_MESSAGES = 1000
"""Messages of one subscription that a scheduled request reads."""

REQUEST_BUDGET = timedelta(seconds=40)
"""How long a scheduled request works: less than the schedule's interval."""

MAX_REPLAYS_PER_S = 20
"""Replays per second and subscription, at most: a small part of what a function handles."""

PAUSE_CHECK_INTERVAL = timedelta(seconds=1)
"""How soon a pause takes effect while a subscription is being replayed."""

OUTAGE_SLUGS = frozenset({StoreUnavailable.slug, StoreContended.slug, PublishUnavailable.slug, NO_DRY_RUN})
"""Reasons of a dry run that concern the service and not the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticReplayReport:
    """The number of messages that one scheduled request checked and resolved."""

    looked_at: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticReplayStatus:
    """Whether a subscription's messages are replayed automatically."""

    enabled: bool
    """As the topology says."""
    pause: AutomaticReplayPause | None


class _Result(Enum):
    RESOLVED = auto()
    UNRESOLVED = auto()
    UNHEALTHY = auto()
    """The failure concerns the service: the rest of the subscription would fail too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticReplay:
    """Replay the messages that are due; every method raises StoreUnavailable."""

    subscriptions: Mapping[str, bool]
    """Whether the topology allows automatic replay, by subscription."""
    pauses: AutomaticReplayPauses
    repository: FailedMessageRepository
    messages: FailedMessageService
    notices: ProducerNotices
    reports: FailureReports
    clock: Callable[[], datetime]
    first_wait: timedelta = FIRST_REPLAY_WAIT
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def replay_due(self) -> AutomaticReplayReport:
        """Work on the due messages of all subscriptions, side by side; then publish the due notices."""
        enabled = [name for name, allowed in self.subscriptions.items() if allowed]
        paused = await self.pauses.find(enabled)
        reports = await asyncio.gather(
            *(self._replay_subscription(name) for name in enabled if name not in paused)
        )
        await self.notices.publish_due()
        return AutomaticReplayReport(
            looked_at=sum(each.looked_at for each in reports),
            resolved=sum(each.resolved for each in reports),
        )

    async def status(self) -> dict[str, AutomaticReplayStatus]:
        """Return the status of every subscription."""
        paused = await self.pauses.find(list(self.subscriptions))
        return {
            name: AutomaticReplayStatus(enabled=allowed, pause=paused.get(name))
            for name, allowed in self.subscriptions.items()
        }

    async def pause(self, subscription: str, *, by: str) -> None:
        """Stop automatic replay of a subscription until a person resumes it. Raises NotFound."""
        self._check_known(subscription)
        _log("automatic replay paused", subscription, by)
        await self.pauses.save(AutomaticReplayPause(id=subscription, paused_by=by, paused_at=self.clock()))

    async def resume(self, subscription: str, *, by: str) -> None:
        """End a pause. Raises NotFound."""
        self._check_known(subscription)
        _log("automatic replay resumed", subscription, by)
        await self.pauses.delete(subscription, by=by, at=self.clock())

    async def _replay_subscription(self, subscription: str) -> AutomaticReplayReport:
        began = self.clock()
        due = await self.repository.list_due_for_replay(subscription, began, MAX_DUE_MESSAGES)
        if not due:
            return AutomaticReplayReport(looked_at=0, resolved=0)
        later = await self.repository.list_waiting_for_replay(subscription, began, MAX_DUE_MESSAGES)
        waiting = first_outage_times(later)
        in_turn = [each for each in sort_by_turn(due) if not would_overtake(each, waiting)]
        return await self._replay_in_turn(subscription, in_turn, began)

    async def _replay_in_turn(
        self, subscription: str, messages: Iterable[FailedMessage], began: datetime
    ) -> AutomaticReplayReport:
        checked_pause = began
        looked_at = resolved = 0
        for message in messages:
            now = self.clock()
            if now - began >= REQUEST_BUDGET:
                break
            if now - checked_pause >= PAUSE_CHECK_INTERVAL:
                checked_pause = now
                if await self.pauses.find([subscription]):
                    break
            looked_at += 1
            result = await self._replay(message, canary=resolved == 0)
            if result is _Result.UNHEALTHY:
                break
            if result is _Result.RESOLVED:
                resolved += 1
                await self._keep_rate(now)
        return AutomaticReplayReport(looked_at=looked_at, resolved=resolved)

    async def _replay(self, message: FailedMessage, *, canary: bool) -> _Result:
        try:
            return await self._replay_stored(message, canary=canary)
        except (NotFound, LostRace):  # deleted since it was listed: its customer was erased
            return _Result.UNRESOLVED

    async def _replay_stored(self, message: FailedMessage, *, canary: bool) -> _Result:
        deferred = message.failure_reason.error_type == ErrorType.DEFERRED
        if canary or deferred:
            check = await self.messages.check_replay(message.id)
            outage = check.dry_run.reason in OUTAGE_SLUGS
            if outage or (deferred and not _ends_now(check)):
                await self._postpone(message, check.dry_run.reason)
                return _Result.UNHEALTHY if outage else _Result.UNRESOLVED
        try:
            replayed = await self.messages.replay(message.id, by=SYSTEM)
        except InProgress:  # a person or another request was faster: what follows must not overtake it
            return _Result.UNHEALTHY
        except NotAllowed as refusal:
            await self._postpone(message, refusal.slug)
            return _Result.UNRESOLVED
        return await self._follow_up(message, replayed)

    async def _follow_up(self, message: FailedMessage, replayed: FailedMessage) -> _Result:
        await self._report_if_raised(message, replayed)
        if replayed.status is MessageStatus.RESOLVED:
            return _Result.RESOLVED
        if replayed.next_replay_at is not None:
            await self._postpone(replayed, replayed.failure_reason.slug)
        outage = replayed.failure_reason.error_type in (*OUTAGE_TYPES, ErrorType.BUG)
        return _Result.UNHEALTHY if outage else _Result.UNRESOLVED

    async def _postpone(self, message: FailedMessage, reason: str) -> None:
        def change(found: FailedMessage) -> FailedMessage:
            now = self.clock()
            waits = found.status is MessageStatus.OPEN or is_replay_interrupted(found, now)
            return postpone(found, reason, now, self.first_wait) if waits else found

        await self._report_if_raised(message, await self.repository.update(message.id, change))

    async def _report_if_raised(self, before: FailedMessage, after: FailedMessage) -> None:
        """Alert to a message that has become critical."""
        if after.critical and not before.critical:
            stored = await self.repository.find_dead_letter(after.id)
            if stored is not None:
                await self.reports.report(stored)

    async def _keep_rate(self, began: datetime) -> None:
        spent = (self.clock() - began).total_seconds()
        await self.sleep(max(0.0, 1 / MAX_REPLAYS_PER_S - spent))

    def _check_known(self, subscription: str) -> None:
        if subscription not in self.subscriptions:
            raise NotFound("Subscription not found")


def _log(event: str, subscription: str, by: str) -> None:
    log.write({"severity": "NOTICE", "message": event, "subscription": subscription, "by": by})


def _ends_now(check: ReplayCheck) -> bool:
    """Return whether a replay would resolve the message, or leave it to a person with another reason."""
    return check.passes or (check.refusal is None and check.dry_run.outcome is Outcome.REJECTED)


def postpone(message: FailedMessage, reason: str, now: datetime, first_wait: timedelta) -> FailedMessage:
    """Count a try without success; double the wait, up to six hours and eleven tries.

    A fact about goods, or a cancellation, that waited in vain is critical.
    """
    tries = message.automatic_replays + 1
    ended = tries >= MAX_REPLAYS
    wait = min(first_wait * 2 ** min(message.automatic_replays, MAX_REPLAYS), MAX_REPLAY_WAIT)
    action = "retries_ended" if ended else "still_deferred"
    return replace(
        message,
        automatic_replays=tries,
        next_replay_at=None if ended else now + wait,
        critical=message.critical or (ended and message.topic in CRITICAL_REJECTIONS),
    ).with_entry(AuditEntry(at=now, by=SYSTEM, action=action, detail=reason))
