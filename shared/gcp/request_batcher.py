"""Calls that deliveries share: who comes to make one in the same turn of the event loop makes it together.

Nothing waits to be joined, and a busy instance saves most of its calls, which are the larger part of what
committing and publishing cost. Who gives up leaves the others their call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from shared.errors import LostRace, MessageError

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

Answer = asyncio.Future[None]


class Room(Protocol[T_contra]):
    """What one call can carry, less what it carries already."""

    def take(self, items: Sequence[T_contra]) -> bool:
        """Take items in, all or none; say whether they fit. Into an empty call everything fits."""


class SharedCalls(Generic[T]):
    """Make one call of what deliveries bring in the same turn.

    Attributes:
        make: makes a call.
        room: returns the room of a new call.
        apart: errors of one delivery that others must not suffer: after these the call is made anew for each
            delivery by itself. Any other error is everybody's.
    """

    def __init__(
        self,
        make: Callable[[Sequence[T]], Awaitable[None]],
        room: Callable[[], Room[T]],
        apart: tuple[type[Exception], ...] = (),
    ) -> None:
        self._make = make
        self._room = room
        self._apart = apart
        self._gathering: _Call[T] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def join(self, items: Sequence[T]) -> Answer:
        """Add a delivery's items, which stay together, to the call about to be made; return its answer."""
        call = self._gathering
        if call is None or not call.room.take(items):
            call = self._begin()
            call.room.take(items)
        answer: Answer = asyncio.get_running_loop().create_future()
        call.deliveries.append((items, answer))
        return answer

    def _begin(self) -> "_Call[T]":
        call = self._gathering = _Call(self._room())
        task = asyncio.create_task(self._end(call))  # begins with the loop's next turn
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return call

    async def _end(self, call: "_Call[T]") -> None:
        if self._gathering is call:
            self._gathering = None
        try:
            await self._send(call.deliveries)
        finally:  # whatever ends this early, nobody waits for ever
            for _, answer in call.deliveries:
                answer.cancel()

    async def _send(self, deliveries: "_Deliveries[T]") -> None:
        error = await self._failure(deliveries)
        if isinstance(error, self._apart) and len(deliveries) > 1:
            waiting = [each for each in deliveries if not each[1].done()]
            await asyncio.gather(*(self._send([each]) for each in waiting))
            return
        for _, answer in deliveries:
            if not answer.done():  # not given up meanwhile
                _give(answer, error)

    async def _failure(self, deliveries: "_Deliveries[T]") -> Exception | None:
        try:
            await self._make([item for items, _ in deliveries for item in items])
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits is told
            return error
        return None


_Deliveries = list[tuple[Sequence[T], Answer]]


class _Call(Generic[T]):
    """What goes out together."""

    def __init__(self, room: Room[T]) -> None:
        self.room = room
        self.deliveries: _Deliveries[T] = []


def _give(answer: Answer, error: Exception | None) -> None:
    if error is None:
        answer.set_result(None)
    elif isinstance(error, MessageError | LostRace):
        # One of its own: the call's holds the call's frame, so with it every item, and is raised by one only.
        answer.set_exception(type(error)(*error.args))
    else:
        answer.set_exception(error)  # a bug, whose place is told
