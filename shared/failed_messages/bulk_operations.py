"""Replaying or discarding many: one after the other, in the order of first publication.

The first message is the trial for all: a run stops at the first that fails. It goes on only within
requests that advance it, since an instance has no processor between requests; the run's document
says how far it came, so whoever asks next goes on from there, also after a crash.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import LostRace, StoreContended
from shared.failed_messages.bulk_operation import Run, RunAction
from shared.failed_messages.bulk_operation_steps import cancelled, counted, finished, refused, released, taken
from shared.failed_messages.bulk_operation_store import Runs, VersionedRun
from shared.failed_messages.errors import CountChanged, NotAllowed, NotFound, ReasonMissing
from shared.failed_messages.model import Case, CaseStatus
from shared.failed_messages.paging import Page
from shared.failed_messages.repository import CaseFilter, Cases
from shared.failed_messages.service import Desk

DEFAULT_RATE = 5
"""Messages per second."""

MAX_SELECTED = 500
TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a run is to do: with a group, or with selected cases; `confirmed` is the count a person typed."""

    action: RunAction
    confirmed: int
    group_id: str | None = None
    cases: tuple[str, ...] = ()
    reason: str = ""
    """Why they are discarded."""
    rate: int = DEFAULT_RATE
    """Messages per second, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRuns:
    """Start, advance, cancel and list runs; every method raises StoreUnavailable."""

    runs: Runs
    cases: Cases
    desk: Desk
    clock: Callable[[], datetime]
    token: Callable[[], str]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def start(self, request: RunRequest, *, by: str) -> Run:
        """Begin a run, without touching a message yet.

        Raises CountChanged where the number of open messages is not the confirmed one, NotFound,
        ReasonMissing.
        """
        if request.action is RunAction.DISCARD and not request.reason.strip():
            raise ReasonMissing("reason: must say why the messages are not needed")
        selected = await self._selected(request)
        total = await self._total(request, selected)
        if total != request.confirmed:
            raise CountChanged(f"count: {total} messages are open, {request.confirmed} were confirmed")
        now = self.clock()
        run = Run(
            id=self.token(),
            action=request.action,
            group_id=request.group_id,
            cases=tuple(case.id for case in selected),
            reason=request.reason,
            total=total,
            rate=request.rate,
            started_at=now,
            started_by=by,
            heartbeat_at=now,
        )
        await self.runs.start(run)
        return run

    async def advance(self, run_id: str, *, limit: int = 25, seconds: float = 20.0) -> Run:
        """Deal with the next messages of a run, up to a number and a time, and tell how far it came.

        At most one request advances a run at a time; for any other, and for a run that is over,
        this only tells. An interrupted run is resumed. Raises NotFound.
        """
        advancer = self.token()
        run = await self._change(run_id, lambda run: taken(run, advancer, self.clock()))
        if run.advancer != advancer:
            return run
        try:
            await self._go_on(run, advancer, limit, self.clock() + timedelta(seconds=seconds))
        finally:
            run = await self._change(run_id, lambda run: released(run, advancer, self.clock()))
        return run

    async def cancel(self, run_id: str, *, by: str) -> Run:
        """End a run before its next message. Raises NotFound, RunEnded."""
        return await self._change(run_id, lambda run: cancelled(run, by, self.clock()))

    async def find(self, run_id: str) -> Run:
        """Tell how far a run came. Raises NotFound."""
        return (await self._find(run_id)).run

    async def page(self, cursor: str | None = None) -> Page[Run]:
        """List runs, the newest first. Raises BadCursor."""
        return await self.runs.page(cursor)

    async def _go_on(self, run: Run, advancer: str, limit: int, until: datetime) -> None:
        taken_now = 0
        async for case_id in self._left(run):
            began = self.clock()
            run = await self._deal(run, case_id)
            taken_now += 1
            if not run.running or run.advancer != advancer:
                return
            if taken_now == limit or self.clock() >= until:
                return
            await self._keep_pace(run, began)
        await self._change(run.id, lambda run: finished(run, self.clock()))

    async def _deal(self, run: Run, case_id: str) -> Run:
        """Deal with one message and write down what came of it."""
        try:
            case = await self._act(run, case_id)
        except NotAllowed as refusal:
            # The name is gone after the block, the closure needs it within.
            told = refusal
            return await self._change(run.id, lambda run: refused(run, case_id, told, self.clock()))
        return await self._change(run.id, lambda run: counted(run, case, self.clock()))

    async def _act(self, run: Run, case_id: str) -> Case:
        if run.action is RunAction.DISCARD:
            return await self.desk.discard(case_id, by=run.started_by, reason=run.reason)
        return await self.desk.replay(case_id, by=run.started_by)

    async def _keep_pace(self, run: Run, began: datetime) -> None:
        spent = (self.clock() - began).total_seconds()
        await self.sleep(max(0.0, 1 / run.rate - spent))

    async def _left(self, run: Run) -> AsyncIterator[str]:
        """Name the messages a run has still to deal with, no more than were confirmed."""
        dealt_with = run.done + run.skipped
        if run.group_id is None:
            for case_id in run.cases[dealt_with:]:
                yield case_id
            return
        left = run.total - dealt_with
        async for case in self._unfinished(run.group_id):
            if not left:
                return
            if case.last_failed_at <= run.started_at:  # later ones were not in the confirmed count
                left -= 1
                yield case.id

    async def _unfinished(self, group_id: str) -> AsyncIterator[Case]:
        cursor = None
        while True:
            page = await self.cases.unfinished(group_id, cursor)
            for case in page.items:
                yield case
            if (cursor := page.next) is None:
                return

    async def _selected(self, request: RunRequest) -> list[Case]:
        ids = dict.fromkeys(request.cases[:MAX_SELECTED])
        cases = await asyncio.gather(*(self.desk.case(each) for each in ids))
        chosen = [case for case in cases if case.status in (CaseStatus.OPEN, CaseStatus.REPLAYING)]
        return sorted(chosen, key=lambda case: (case.publish_time, case.id))

    async def _total(self, request: RunRequest, selected: list[Case]) -> int:
        if request.group_id is None:
            return len(selected)
        return await self.cases.count(CaseFilter(status=CaseStatus.OPEN, group_id=request.group_id))

    async def _find(self, run_id: str) -> VersionedRun:
        found = await self.runs.find(run_id)
        if found is None:
            raise NotFound("run: there is none by this id")
        return found

    async def _change(self, run_id: str, decide: Callable[[Run], Run]) -> Run:
        for _ in range(TRIES):
            found = await self._find(run_id)
            changed = decide(found.run)
            if changed is found.run:
                return changed
            try:
                await self.runs.amend(changed, found.version)
            except LostRace:
                continue
            return changed
        raise StoreContended("run: changed by others at every try")
