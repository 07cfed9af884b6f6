"""Many failed messages are replayed or discarded one after the other, and no further than is safe."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from shared.consumer.idempotency import failure_group_id
from shared.contracts.dead_letter import FailureReason
from shared.contracts.envelope import parse_push
from shared.failed_messages.bulk_operation import Run, RunAction, RunStatus
from shared.failed_messages.bulk_operation_steps import taken
from shared.failed_messages.bulk_operations import RunRequest
from shared.failed_messages.errors import CountChanged, NotFound, ReasonMissing, RunEnded
from shared.failed_messages.model import CaseStatus
from tests import messages
from tests.emulator.failed_messages.reviewing import Reviewing, broken, reviewing
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator

FAST = 50
CAUSE = FailureReason(error_type="rejected", slug="order.totals_mismatch")
GROUP = failure_group_id(messages.SUBSCRIPTION, CAUSE)


@pytest.fixture
async def desk(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Reviewing]:
    """Yield the review over real functions."""
    async with reviewing(emulators, project, tmp_path) as desk:
        yield desk


def replay(count: int, *, rate: int = FAST) -> RunRequest:
    """Return the wish to replay the group, its count confirmed."""
    return RunRequest(action=RunAction.REPLAY, group_id=GROUP, confirmed=count, rate=rate)


async def finished(desk: Reviewing, run: Run, limit: int = 25) -> Run:
    """Advance a run until it is over, as a page that watches it does."""
    while run.running:
        run = await desk.review.runs.advance(run.id, limit=limit)
    return run


def orders_reached(desk: Reviewing) -> list[str]:
    """Return the order ids that reached the function, in order."""
    return [parse_push(each).data.decode().split('"')[3] for each in desk.reached.deliveries]


async def test_a_group_is_replayed_in_the_order_of_publication(desk: Reviewing) -> None:
    """Whatever order the messages failed in, they are replayed as they were published."""
    published = [f"2026-11-20T10:00:{second:02}.000+00:00" for second in range(6)]
    for second in (3, 0, 5, 1, 4, 2):
        await desk.dead_letter(messages.order(f"QC-{second}"), published=published[second])

    run = await finished(desk, await desk.review.runs.start(replay(6), by="ann@x"), limit=4)

    assert (run.status, run.done, run.outcomes) == (RunStatus.DONE, 6, {"processed": 6})
    assert orders_reached(desk) == [f"QC-{second}" for second in range(6)]


async def test_a_group_of_twenty_stops_at_the_first_that_fails(desk: Reviewing) -> None:
    """After the fix most would pass; the run stops at the one that does not, and leaves the rest alone."""
    for number in range(20):
        await desk.fail(broken(f"QC-{number}") if number == 7 else messages.order(f"QC-{number}"))

    run = await finished(desk, await desk.review.runs.start(replay(20), by="ann@x"))

    assert (run.status, run.done, run.outcomes) == (RunStatus.STOPPED, 7, {"processed": 7})
    assert run.stop is not None
    assert run.stop.reason == "order.totals_mismatch"
    assert len(desk.reached.deliveries) == 8
    assert (await desk.review.overview.group(GROUP)).open == 13
    assert await desk.review.runs.advance(run.id) == run


async def test_the_first_is_the_trial_for_all(desk: Reviewing) -> None:
    """Where the first fails, nothing else is sent."""
    for number in range(3):
        await desk.fail(broken(f"QC-{number}"))

    run = await finished(desk, await desk.review.runs.start(replay(3), by="ann@x"))

    assert (run.status, run.done) == (RunStatus.STOPPED, 0)
    assert len(desk.reached.deliveries) == 1


async def test_another_count_than_the_confirmed_starts_nothing(desk: Reviewing) -> None:
    """Who confirms three messages does not replay four."""
    for number in range(4):
        await desk.fail(messages.order(f"QC-{number}"))

    with pytest.raises(CountChanged, match="4 messages are open, 3 were confirmed"):
        await desk.review.runs.start(replay(3), by="ann@x")

    assert (await desk.review.runs.page()).items == ()


async def test_what_fails_after_the_count_is_not_replayed_with_it(desk: Reviewing) -> None:
    """A message that joins the group after it was confirmed stays open."""
    await desk.fail(messages.order("QC-1"))
    run = await desk.review.runs.start(replay(1), by="ann@x")
    later = await desk.fail(messages.order("QC-2"))

    run = await finished(desk, run)

    assert (run.status, run.done) == (RunStatus.DONE, 1)
    assert (await desk.review.desk.case(later)).status is CaseStatus.OPEN


async def test_only_one_request_advances_a_run(desk: Reviewing) -> None:
    """Two pages that watch the same run replay each message once."""
    for number in range(3):
        await desk.fail(messages.order(f"QC-{number}"))
    run = await desk.review.runs.start(replay(3), by="ann@x")

    first, second = await asyncio.gather(
        desk.review.runs.advance(run.id), desk.another().runs.advance(run.id)
    )

    assert len(desk.reached.deliveries) == 3
    assert sorted([first.done, second.done])[1] == 3


async def test_a_cancelled_run_ends_before_its_next_message(desk: Reviewing) -> None:
    """Cancelling waits for nobody: the message under way is counted, no other is touched."""
    for number in range(3):
        await desk.fail(messages.order(f"QC-{number}"))
    run = await desk.review.runs.start(replay(3), by="ann@x")

    async def cancel(_: httpx2.Request) -> None:
        desk.reached.before = None
        await desk.another().runs.cancel(run.id, by="bob@x")

    desk.reached.before = cancel
    run = await desk.review.runs.advance(run.id)

    assert (run.status, run.done, run.cancelled_by) == (RunStatus.CANCELLED, 1, "bob@x")
    assert len(desk.reached.deliveries) == 1
    with pytest.raises(RunEnded):
        await desk.review.runs.cancel(run.id, by="ann@x")


async def test_a_run_whose_console_died_is_resumed(desk: Reviewing) -> None:
    """Its document says how far it came; after a while it shows as interrupted, and goes on from there."""
    for number in range(4):
        await desk.fail(messages.order(f"QC-{number}"))
    run = await desk.review.runs.start(replay(4), by="ann@x")
    reached = asyncio.Event()

    async def hang_at_the_second(_: httpx2.Request) -> None:
        if len(desk.reached.deliveries) == 2:
            reached.set()
            await asyncio.Event().wait()

    desk.reached.before = hang_at_the_second
    dying = asyncio.create_task(die_advancing(desk, run))
    await reached.wait()
    dying.cancel()
    await asyncio.wait([dying])
    desk.reached.before = None

    still = await desk.another().runs.advance(run.id)
    assert (still.done, still.running) == (1, True)
    desk.later = timedelta(seconds=151)
    assert still.interrupted(desk.now())
    resumed = await finished(desk, still)

    assert (resumed.status, resumed.done, resumed.outcomes) == (RunStatus.DONE, 4, {"processed": 4})


async def die_advancing(desk: Reviewing, run: Run) -> None:
    """Advance a run without ever releasing it, as a process that is killed."""
    console = desk.another().runs
    taken_over = await console._change(run.id, lambda run: taken(run, "killed", desk.now()))
    await console._go_on(taken_over, "killed", 25, desk.now() + timedelta(minutes=1))


async def test_a_selection_passes_over_what_is_closed_by_now(desk: Reviewing) -> None:
    """Selected messages that somebody dealt with meanwhile are skipped, the others replayed."""
    ids = [await desk.fail(messages.order(f"QC-{number}")) for number in range(3)]
    request = RunRequest(action=RunAction.REPLAY, cases=(ids[2], ids[0], ids[1]), confirmed=3, rate=FAST)
    run = await desk.review.runs.start(request, by="ann@x")
    await desk.review.desk.discard(ids[1], by="bob@x", reason="a test")

    run = await finished(desk, run)

    assert (run.status, run.done, run.skipped) == (RunStatus.DONE, 2, 1)
    assert orders_reached(desk) == ["QC-0", "QC-2"]


async def test_many_are_discarded_with_one_reason(desk: Reviewing) -> None:
    """Discarding a group needs a reason and the count, and writes both people and reason down."""
    ids = [await desk.fail(messages.order(f"QC-{number}")) for number in range(3)]
    request = RunRequest(action=RunAction.DISCARD, group_id=GROUP, confirmed=3, rate=FAST)

    with pytest.raises(ReasonMissing):
        await desk.review.runs.start(request, by="ann@x")
    reasoned = RunRequest(
        action=RunAction.DISCARD, group_id=GROUP, confirmed=3, rate=FAST, reason="load test"
    )
    run = await finished(desk, await desk.review.runs.start(reasoned, by="ann@x"))

    assert (run.status, run.outcomes) == (RunStatus.DONE, {"discarded": 3})
    last = [(await desk.review.desk.case(each)).history[-1] for each in ids]
    assert {(each.action, each.by, each.detail) for each in last} == {("discarded", "ann@x", "load test")}
    assert desk.reached.deliveries == []


async def test_a_run_keeps_its_pace(desk: Reviewing) -> None:
    """Between two messages a run waits as long as its rate asks for."""
    for number in range(3):
        await desk.fail(messages.order(f"QC-{number}"))
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    runs = desk.review.runs
    object.__setattr__(runs, "sleep", sleep)
    await finished(desk, await runs.start(replay(3, rate=1), by="ann@x"))

    assert len(pauses) >= 2
    assert all(0 <= each <= 1 for each in pauses)
    assert any(pauses)


async def test_runs_are_listed_the_newest_first(desk: Reviewing) -> None:
    """Past runs can be looked up, and an unknown one is not found."""
    for number in range(2):
        await desk.fail(messages.order(f"QC-{number}"))
    first = await finished(desk, await desk.review.runs.start(replay(2), by="ann@x"))
    await desk.fail(messages.order("QC-9"))
    second = await finished(desk, await desk.review.runs.start(replay(1), by="ann@x"))

    assert [each.id for each in (await desk.review.runs.page()).items] == [second.id, first.id]
    with pytest.raises(NotFound):
        await desk.review.runs.find("0" * 32)
