"""A message that its function does not acknowledge is pushed again after a backoff."""

import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.tests.receiver import Pushed, receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying

pytestmark = pytest.mark.emulator


async def test_backoff_doubles_from_one_second_with_jitter(emulators: Emulators, project: str) -> None:
    """The waits after failed attempts are 1, 2, 4 and 8 s within a quarter, and attempts are numbered."""
    attempts, waits = await _attempts_and_waits(emulators, project, time_scale=1.0)

    assert attempts == [1, 2, 3, 4, 5]
    assert len(waits) == 4
    for wait, expected in zip(waits, [1, 2, 4, 8], strict=True):
        assert 0.75 * expected <= wait <= 1.25 * expected


async def test_time_scale_shortens_the_backoff(emulators: Emulators, project: str) -> None:
    """A scaled relay shortens every backoff by the same factor."""
    _, waits = await _attempts_and_waits(emulators, project, time_scale=0.01)

    assert all(0.0075 * 2**n <= wait <= 0.0125 * 2**n for n, wait in enumerate(waits))


async def _attempts_and_waits(
    emulators: Emulators, project: str, *, time_scale: float
) -> tuple[list[int | None], list[float]]:
    """Relay a message to a function that rejects it, until it is dead-lettered; waits last no time."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    async with receiving() as function:
        function.answer = _reject
        urls = {"order_release": function.url}
        relay = relay_to(emulators, project, urls, time_scale=time_scale, sleep=note)
        async with relaying(relay):
            await publish(emulators.pubsub, f"projects/{project}/topics/order-release", b"{}")
            await counted(relay, "order-release-sub", lambda counts: counts.dead_lettered == 1)
    return [pushed.attempt for pushed in function.pushes], waits


async def _reject(_: Pushed) -> int:
    return 422
