"""Deliveries take turns where they have a key in common, in order of arrival."""

import asyncio
from collections.abc import Collection

from shared.consumer.keyed_turns import KeyedTurns

BEGIN, END = "begin", "end"


class Work:
    """Pieces of work that take turns, with the order in which they began and ended."""

    def __init__(self, turns: KeyedTurns | None = None) -> None:
        self.turns = turns or KeyedTurns()
        self.steps: list[tuple[str, str]] = []

    async def do(self, name: str, keys: Collection[str], calls: int = 3) -> None:
        """Begin in turn, make some calls, end."""
        async with self.turns.take(keys):
            self.steps.append((BEGIN, name))
            for _ in range(calls):
                await asyncio.sleep(0)
            self.steps.append((END, name))


async def test_turns_of_one_key_follow_each_other() -> None:
    """Each begins when the earlier one has ended, however long it takes."""
    work = Work()

    await asyncio.gather(
        work.do("slow", ["sku"], calls=9), work.do("quick", ["sku"]), work.do("last", ["sku"])
    )

    assert work.steps == [(step, name) for name in ("slow", "quick", "last") for step in (BEGIN, END)]


async def test_turns_of_other_keys_run_side_by_side() -> None:
    """Work without a key in common does not wait; neither does work without keys."""
    work = Work()

    await asyncio.gather(work.do("a", ["a"]), work.do("b", ["b"]), work.do("none", []), work.do("none", []))

    assert [step for step, _ in work.steps] == [BEGIN] * 4 + [END] * 4


async def test_several_keys_are_taken_together() -> None:
    """Work with several keys waits for all of them; keys in another order do not block each other."""
    work = Work()

    await asyncio.gather(
        work.do("ab", ["a", "b"]), work.do("ba", ["b", "a"]), work.do("c", ["c"]), work.do("bc", ["b", "c"])
    )

    assert [name for step, name in work.steps if step == BEGIN] == ["ab", "c", "ba", "bc"]
    assert work.steps.index((END, "ba")) < work.steps.index((BEGIN, "bc"))


async def test_a_turn_that_fails_or_is_cancelled_ends() -> None:
    """The next turn begins, and no key is remembered."""
    work = Work()
    holding = asyncio.create_task(work.do("holding", ["sku"], calls=1_000))
    waiting = asyncio.create_task(work.do("waiting", ["sku"]))
    await asyncio.sleep(0)

    waiting.cancel()
    holding.cancel()
    await asyncio.gather(holding, waiting, work.do("next", ["sku"]), return_exceptions=True)

    assert work.steps == [(BEGIN, "holding"), (BEGIN, "next"), (END, "next")]
    assert not work.turns._last


async def test_no_turn_waits_for_ever() -> None:
    """After the longest wait work begins beside the turn before it."""
    work = Work(KeyedTurns(max_wait_s=0))
    holding = asyncio.create_task(work.do("holding", ["sku"], calls=1_000))
    await asyncio.sleep(0)

    await work.do("impatient", ["sku"])

    assert work.steps[-1] == (END, "impatient")
    assert not holding.done()
    await holding
