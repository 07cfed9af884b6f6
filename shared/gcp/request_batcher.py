"""Batching of calls: deliveries that submit items in the same turn of the event loop share one call.

No delivery waits for others, and a busy instance saves most of its calls, which are the larger part of what
committing and publishing cost. When a delivery is cancelled, the others keep the call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from shared.errors import LostRace, MessageError

T = TypeVar("T")
R = TypeVar("R")
T_contra = TypeVar("T_contra", contravariant=True)


class BatchCapacity(Protocol[T_contra]):
    """What one call can still carry."""

    def try_add(self, items: Sequence[T_contra]) -> bool:
        """Add all items or none, and return whether they fit. An empty batch takes any items."""


class RequestBatcher(Generic[T, R]):
    """Send the items of one turn of the event loop in one call; each delivery gets the result of the call.

    Attributes:
        send: makes the call and returns its result.
        capacity: returns the capacity of a new batch.
        retry_individually: errors of a single delivery; after one of these, the batcher repeats the call for
            each delivery separately. Any other error goes to every delivery of the batch.
    """

    def __init__(
        self,
        send: Callable[[Sequence[T]], Awaitable[R]],
        capacity: Callable[[], BatchCapacity[T]],
        retry_individually: tuple[type[Exception], ...] = (),
    ) -> None:
        self._send = send
        self._capacity = capacity
        self._retry_individually = retry_individually
        self._open_batch: _Batch[T, R] | None = None
        self._running: set[asyncio.Task[None]] = set()

    def submit(self, items: Sequence[T]) -> asyncio.Future[R]:
        """Add the items of one delivery to the next call, all or none; return its future result."""
        batch = self._open_batch
        if batch is None or not batch.capacity.try_add(items):
            batch = self._start_batch()
            batch.capacity.try_add(items)
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        batch.deliveries.append((items, answer))
        return answer

    def _start_batch(self) -> "_Batch[T, R]":
        batch = self._open_batch = _Batch(self._capacity())
        task = asyncio.create_task(self._run(batch))  # starts with the loop's next turn
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return batch

    async def _run(self, batch: "_Batch[T, R]") -> None:
        if self._open_batch is batch:
            self._open_batch = None
        try:
            await self._call(batch.deliveries)
        finally:  # a batch that is cancelled cancels its deliveries
            for _, answer in batch.deliveries:
                answer.cancel()

    async def _call(self, deliveries: "_Deliveries[T, R]") -> None:
        try:
            result = await self._send([item for items, _ in deliveries for item in items])
        except Exception as error:  # noqa: BLE001 - every error is passed to the waiting deliveries
            await self._fail(deliveries, error)
            return
        for _, answer in deliveries:
            if not answer.done():  # the future of a cancelled delivery is done
                answer.set_result(result)

    async def _fail(self, deliveries: "_Deliveries[T, R]", error: Exception) -> None:
        waiting = [each for each in deliveries if not each[1].done()]
        if isinstance(error, self._retry_individually) and len(deliveries) > 1:
            await asyncio.gather(*(self._call([each]) for each in waiting))
            return
        for _, answer in waiting:
            if isinstance(error, MessageError | LostRace):
                # Copy the exception: a shared one keeps every item alive through its traceback.
                answer.set_exception(type(error)(*error.args))
            else:
                answer.set_exception(error)  # a bug keeps its traceback


_Deliveries = list[tuple[Sequence[T], asyncio.Future[R]]]


class _Batch(Generic[T, R]):
    """Deliveries that share one call."""

    def __init__(self, capacity: BatchCapacity[T]) -> None:
        self.capacity = capacity
        self.deliveries: _Deliveries[T, R] = []
