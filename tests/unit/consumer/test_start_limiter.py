"""Of deliveries that come at once the first do not wait for the last."""

import asyncio
from datetime import UTC, datetime

from shared.consumer.start_limiter import MAX_STARTS_PER_TURN, StartLimiter, limit_starts
from shared.contracts.envelope import Envelope
from shared.errors import Outcome

CALL, COMPUTED = "call", "computed"


def delivery(number: int) -> Envelope:
    """Return one of many deliveries."""
    return Envelope(
        project="p",
        subscription="s",
        message_id=str(number),
        publish_time=datetime(2024, 1, 10, tzinfo=UTC),
        attributes={},
        ordering_key="",
        data=b"",
        delivery_attempt=1,
    )


async def told(deliveries: int) -> list[str]:
    """Process deliveries at once; return who computed and whose call left, in order."""
    happened: list[str] = []

    async def process(envelope: Envelope) -> Outcome:
        happened.append(COMPUTED)
        await asyncio.sleep(0)  # a call leaves in the loop's next turn
        happened.append(CALL)
        return Outcome.PROCESSED

    entered = limit_starts(process)
    outcomes = await asyncio.gather(*(entered(delivery(number)) for number in range(deliveries)))
    assert outcomes == [Outcome.PROCESSED] * deliveries
    return happened


async def test_the_first_calls_leave_before_the_last_computes() -> None:
    """No more deliveries than pass at once compute before the first call leaves."""
    happened = await told(3 * MAX_STARTS_PER_TURN)

    assert happened.index(CALL) <= MAX_STARTS_PER_TURN
    assert happened.count(COMPUTED) == happened.count(CALL) == 3 * MAX_STARTS_PER_TURN


async def test_a_few_begin_together() -> None:
    """Deliveries that pass together compute in the same turn, so that their calls can be shared."""
    assert await told(MAX_STARTS_PER_TURN) == [COMPUTED] * MAX_STARTS_PER_TURN + [CALL] * MAX_STARTS_PER_TURN


async def test_who_comes_first_goes_first() -> None:
    """Nobody who waits is overtaken by who comes later."""
    limiter = StartLimiter(2)
    passed: list[int] = []

    async def enter(number: int) -> None:
        await limiter.enter()
        passed.append(number)

    await asyncio.gather(*map(enter, range(9)))

    assert passed == [*range(9)]


async def test_who_gives_up_takes_no_place() -> None:
    """A delivery that is cancelled while it waits leaves the others their turns."""
    limiter = StartLimiter(1)
    first, second, third = (asyncio.create_task(limiter.enter()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)

    assert second.cancelled()
