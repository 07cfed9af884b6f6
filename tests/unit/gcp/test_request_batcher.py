"""A call is shared by who comes to make it in the same turn; everybody is told what became of it."""

import asyncio
import gc
import weakref
from collections.abc import Sequence

import pytest

from shared.errors import LostRace, PublishUnavailable, StoreUnavailable
from shared.gcp.request_batcher import RequestBatcher

HELD = 4


class Capacity:
    """Capacity for a few items."""

    def __init__(self) -> None:
        self.items = 0

    def try_add(self, items: Sequence[str]) -> bool:
        """Take items in, if they fit."""
        if self.items and self.items + len(items) > HELD:
            return False
        self.items += len(items)
        return True


class Service:
    """Keeps what it was called with, and fails where it is told to."""

    def __init__(self, *errors: Exception | None) -> None:
        self.calls: list[list[str]] = []
        self.errors = [*errors]

    async def call(self, items: Sequence[str]) -> None:
        """Take a call."""
        self.calls.append([*items])
        await asyncio.sleep(0)
        if error := self.errors.pop(0) if self.errors else None:
            raise error


async def outcomes(calls: RequestBatcher[str], *deliveries: list[str]) -> list[str]:
    """Join with several deliveries in one turn; name what each was told."""
    told = await asyncio.gather(*map(calls.submit, deliveries), return_exceptions=True)
    return [type(each).__name__ for each in told]


async def test_one_turn_is_one_call() -> None:
    """Deliveries of one turn share a call, in the order in which they came; a later one has its own."""
    service = Service()
    calls = RequestBatcher(service.call, Capacity)

    await outcomes(calls, ["a"], ["b", "c"])
    await calls.submit(["d"])

    assert service.calls == [["a", "b", "c"], ["d"]]


async def test_what_does_not_fit_goes_with_the_next_call() -> None:
    """A delivery's items stay together, and a delivery larger than any room has a call of its own."""
    service = Service()
    calls = RequestBatcher(service.call, Capacity)

    await outcomes(calls, ["a", "b"], ["c", "d", "e"], ["f"], ["g"] * (HELD + 1))

    assert service.calls == [["a", "b"], ["c", "d", "e", "f"], ["g"] * (HELD + 1)]


async def test_everybody_is_told_of_an_error() -> None:
    """An error of the call is the error of each who shared it, and of nobody later."""
    calls = RequestBatcher(Service(PublishUnavailable("answered UNAVAILABLE")).call, Capacity)

    assert await outcomes(calls, ["a"], ["b"]) == ["PublishUnavailable"] * 2
    assert await outcomes(calls, ["c"]) == ["NoneType"]


async def test_a_bug_is_told_as_it_is() -> None:
    """What is no known error reaches who waits with the place it was raised at."""
    calls = RequestBatcher(Service(TypeError("a bug")).call, Capacity)

    with pytest.raises(TypeError) as raised:
        await calls.submit(["a"])

    assert "call" in [each.name for each in raised.traceback]


async def test_an_error_of_one_is_nobody_elses() -> None:
    """Where errors are kept apart, each delivery makes its own call and has its own answer."""
    service = Service(LostRace("ALREADY_EXISTS"), None, LostRace("ALREADY_EXISTS"), None)
    calls = RequestBatcher(service.call, Capacity, retry_individually=(LostRace,))

    assert await outcomes(calls, ["a"], ["b"], ["c"]) == ["NoneType", "LostRace", "NoneType"]
    assert service.calls == [["a", "b", "c"], ["a"], ["b"], ["c"]]


async def test_who_was_alone_is_not_asked_again() -> None:
    """A call that nobody shared has had its answer."""
    service = Service(StoreUnavailable("answered UNAVAILABLE"))

    assert await outcomes(
        RequestBatcher(service.call, Capacity, retry_individually=(StoreUnavailable,)), ["a"]
    ) == ["StoreUnavailable"]
    assert service.calls == [["a"]]


async def test_who_gives_up_leaves_the_others_their_call() -> None:
    """A delivery that is cancelled takes nobody along."""
    service = Service()
    calls = RequestBatcher(service.call, Capacity)
    given_up, kept = calls.submit(["a"]), calls.submit(["b"])
    given_up.cancel()
    await kept

    assert service.calls == [["a", "b"]]


async def test_what_was_given_up_is_not_asked_for_again() -> None:
    """A refused call is made anew only for those who still wait for it."""
    service = Service(LostRace("ALREADY_EXISTS"))
    calls = RequestBatcher(service.call, Capacity, retry_individually=(LostRace,))
    given_up, kept = calls.submit(["a"]), calls.submit(["b"])
    given_up.cancel()
    await kept

    assert service.calls == [["a", "b"], ["b"]]


async def test_nobody_waits_for_a_call_that_was_ended() -> None:
    """When the instance ends while a call is under way, who waits for it ends as well."""
    calls = RequestBatcher(Service().call, Capacity)
    answer = calls.submit(["a"])
    (under_way,) = calls._running
    await asyncio.sleep(0)
    under_way.cancel()
    await asyncio.wait([answer])

    assert answer.cancelled()


class Document:
    """Something that must not stay behind."""


async def test_a_refused_call_leaves_nothing_behind() -> None:
    """What a failed call carried is freed at once, without the garbage collector."""
    document = Document()
    kept = weakref.ref(document)

    async def refuse(items: Sequence[Document]) -> None:
        raise LostRace("ALREADY_EXISTS")

    calls: RequestBatcher[Document] = RequestBatcher(refuse, Capacity, retry_individually=(LostRace,))  # type: ignore[arg-type]

    async def deliver(items: list[Document]) -> str:
        try:
            await calls.submit(items)
        except LostRace as lost:
            return str(lost)
        return "taken"

    gc.disable()
    try:
        both = [asyncio.create_task(deliver([each])) for each in (document, Document())]
        assert await asyncio.gather(*both) == ["ALREADY_EXISTS"] * 2
        del document, both
        await asyncio.sleep(0)
        assert kept() is None
    finally:
        gc.enable()
