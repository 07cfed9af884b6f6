"""Of simultaneous deliveries the first do not wait for the last."""

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


async def start_order(deliveries: int) -> list[str]:
    """Process deliveries at once; return the order in which they computed and their calls left."""
    steps: list[str] = []

    async def process(envelope: Envelope) -> Outcome:
        steps.append(COMPUTED)
        await asyncio.sleep(0)  # a call leaves in the loop's next turn
        steps.append(CALL)
        return Outcome.PROCESSED

    limited = limit_starts(process)
    outcomes = await asyncio.gather(*(limited(delivery(number)) for number in range(deliveries)))
    assert outcomes == [Outcome.PROCESSED] * deliveries
    return steps


async def test_the_first_calls_leave_before_the_last_computes() -> None:
    """At most one turn's deliveries compute before the first call leaves."""
    steps = await start_order(3 * MAX_STARTS_PER_TURN)

    assert steps.index(CALL) <= MAX_STARTS_PER_TURN
    assert steps.count(COMPUTED) == steps.count(CALL) == 3 * MAX_STARTS_PER_TURN


async def test_one_turn_starts_several() -> None:
    """Deliveries that start in one turn compute before any call, so they can share their calls."""
    assert (
        await start_order(MAX_STARTS_PER_TURN)
        == [COMPUTED] * MAX_STARTS_PER_TURN + [CALL] * MAX_STARTS_PER_TURN
    )


async def test_deliveries_start_in_order_of_arrival() -> None:
    """A waiting delivery starts before a later one."""
    limiter = StartLimiter(2)
    started: list[int] = []

    async def start(number: int) -> None:
        await limiter.start()
        started.append(number)

    await asyncio.gather(*map(start, range(9)))

    assert started == [*range(9)]


async def test_a_cancelled_delivery_takes_no_start() -> None:
    """A delivery that is cancelled while it waits leaves its start to the others."""
    limiter = StartLimiter(1)
    first, second, third = (asyncio.create_task(limiter.start()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)

    assert second.cancelled()
