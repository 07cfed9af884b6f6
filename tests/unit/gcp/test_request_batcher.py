"""Deliveries of one turn of the event loop share a call, and each gets its own result."""

import asyncio
import gc
import weakref
from collections.abc import Sequence

import pytest

from shared.errors import LostRace, PublishUnavailable, StoreUnavailable
from shared.gcp.request_batcher import RequestBatcher

CAPACITY = 4


class Capacity:
    """The capacity of a call that takes a few items."""

    def __init__(self) -> None:
        self.items = 0

    def try_add(self, items: Sequence[str]) -> bool:
        """Add items if they fit."""
        if self.items and self.items + len(items) > CAPACITY:
            return False
        self.items += len(items)
        return True


class Service:
    """A service that records its calls and raises the given errors."""

    def __init__(self, *errors: Exception | None) -> None:
        self.calls: list[list[str]] = []
        self.errors = [*errors]

    async def call(self, items: Sequence[str]) -> None:
        """Record a call; raise the next error."""
        self.calls.append([*items])
        await asyncio.sleep(0)
        if error := self.errors.pop(0) if self.errors else None:
            raise error


async def results(batcher: RequestBatcher[str, None], *deliveries: list[str]) -> list[str]:
    """Submit several deliveries in one turn; return the type of each result or error."""
    returned = await asyncio.gather(*map(batcher.submit, deliveries), return_exceptions=True)
    return [type(each).__name__ for each in returned]


async def test_one_turn_is_one_call() -> None:
    """Deliveries of one turn share a call, in the order in which they came; a later one has its own."""
    service = Service()
    batcher = RequestBatcher(service.call, Capacity)

    await results(batcher, ["a"], ["b", "c"])
    await batcher.submit(["d"])

    assert service.calls == [["a", "b", "c"], ["d"]]


async def test_every_delivery_gets_the_result_of_the_call() -> None:
    """The result belongs to the whole call; each delivery takes its own part."""

    async def shout(items: Sequence[str]) -> dict[str, str]:
        return {each: each.upper() for each in items}

    batcher = RequestBatcher(shout, Capacity)

    first, second = await asyncio.gather(batcher.submit(["a"]), batcher.submit(["b"]))

    assert first == second == {"a": "A", "b": "B"}


async def test_items_that_do_not_fit_go_into_the_next_call() -> None:
    """A delivery's items stay together; a delivery larger than the capacity gets a call of its own."""
    service = Service()
    batcher = RequestBatcher(service.call, Capacity)

    await results(batcher, ["a", "b"], ["c", "d", "e"], ["f"], ["g"] * (CAPACITY + 1))

    assert service.calls == [["a", "b"], ["c", "d", "e", "f"], ["g"] * (CAPACITY + 1)]


async def test_an_error_of_the_call_reaches_every_delivery() -> None:
    """Every delivery that shared the call gets its error; a later delivery does not."""
    batcher = RequestBatcher(Service(PublishUnavailable("answered UNAVAILABLE")).call, Capacity)

    assert await results(batcher, ["a"], ["b"]) == ["PublishUnavailable"] * 2
    assert await results(batcher, ["c"]) == ["NoneType"]


async def test_a_bug_keeps_its_traceback() -> None:
    """An unexpected error reaches the delivery with the place where it was raised."""
    batcher = RequestBatcher(Service(TypeError("a bug")).call, Capacity)

    with pytest.raises(TypeError) as raised:
        await batcher.submit(["a"])

    assert "call" in [each.name for each in raised.traceback]


async def test_an_error_of_one_delivery_is_retried_individually() -> None:
    """After an error of `retry_individually`, each delivery makes its own call and gets its own result."""
    service = Service(LostRace("ALREADY_EXISTS"), None, LostRace("ALREADY_EXISTS"), None)
    batcher = RequestBatcher(service.call, Capacity, retry_individually=(LostRace,))

    assert await results(batcher, ["a"], ["b"], ["c"]) == ["NoneType", "LostRace", "NoneType"]
    assert service.calls == [["a", "b", "c"], ["a"], ["b"], ["c"]]


async def test_a_single_delivery_is_not_retried() -> None:
    """The error of a call with one delivery is the final result."""
    service = Service(StoreUnavailable("answered UNAVAILABLE"))

    assert await results(
        RequestBatcher(service.call, Capacity, retry_individually=(StoreUnavailable,)), ["a"]
    ) == ["StoreUnavailable"]
    assert service.calls == [["a"]]


async def test_a_cancelled_delivery_leaves_the_others_their_call() -> None:
    """Cancelling one delivery does not cancel the others of its call."""
    service = Service()
    batcher = RequestBatcher(service.call, Capacity)
    cancelled, kept = batcher.submit(["a"]), batcher.submit(["b"])
    cancelled.cancel()
    await kept

    assert service.calls == [["a", "b"]]


async def test_a_cancelled_delivery_is_not_retried() -> None:
    """After a refused call, only the deliveries that still wait are retried."""
    service = Service(LostRace("ALREADY_EXISTS"))
    batcher = RequestBatcher(service.call, Capacity, retry_individually=(LostRace,))
    cancelled, kept = batcher.submit(["a"]), batcher.submit(["b"])
    cancelled.cancel()
    await kept

    assert service.calls == [["a", "b"], ["b"]]


async def test_a_cancelled_call_cancels_its_deliveries() -> None:
    """When the instance stops during a call, the waiting deliveries stop as well."""
    batcher = RequestBatcher(Service().call, Capacity)
    answer = batcher.submit(["a"])
    (running,) = batcher._running
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([answer])

    assert answer.cancelled()


class Document:
    """An object that must be freed."""


async def test_a_refused_call_frees_its_items() -> None:
    """The items of a failed call are freed at once, without the garbage collector."""
    document = Document()
    kept = weakref.ref(document)

    async def refuse(items: Sequence[Document]) -> None:
        raise LostRace("ALREADY_EXISTS")

    batcher: RequestBatcher[Document, None] = RequestBatcher(refuse, Capacity, retry_individually=(LostRace,))  # type: ignore[arg-type]

    async def deliver(items: list[Document]) -> str:
        try:
            await batcher.submit(items)
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
