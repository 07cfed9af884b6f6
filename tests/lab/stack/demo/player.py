"""Publish the story's messages and wait for the outcome of each."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import PublisherOptions

from shared.consumer.ports import Store
from shared.domain.order import Order
from shared.domain.refs import order_ref
from tests.lab.stack.demo.deliveries import Deliveries
from tests.lab.stack.demo.step import Scene, Step
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack

if TYPE_CHECKING:
    from google.cloud.firestore import AsyncClient

TIMEOUT_S = 30.0
"""Time after which a message is reported with the outcomes it has so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of a step's message."""

    step: Step
    outcomes: tuple[str, ...]
    failed: dict[str, Any] | None
    """Its document in `failed_messages`."""
    status: str | None
    """Status of the step's order."""

    @property
    def as_expected(self) -> bool:
        """Return whether the result is what the step expects."""
        reason = self.failed["failureReason"] if self.failed else None
        attempts = self.failed["deliveryAttempts"] if self.failed else len(self.step.outcomes)
        return (self.outcomes, reason, self.status, attempts) == (
            self.step.outcomes,
            self.step.failure,
            self.step.order[1] if self.step.order else None,
            len(self.step.outcomes),
        )


class Player:
    """Play scenes on a running stack."""

    def __init__(
        self,
        stack: Stack,
        deliveries: Deliveries,
        store: Store,
        documents: "AsyncClient",
        is_finished: Callable[[Result], bool] = lambda result: result.as_expected,
    ) -> None:
        """Read results from the functions' log lines, the store of orders, and Firestore.

        A scene ends when every result `is_finished`.
        """
        self._is_finished = is_finished
        self._stack = stack
        self._deliveries = deliveries
        self._store = store
        self._documents = documents
        self._publisher = PublisherClient(publisher_options=PublisherOptions(enable_message_ordering=True))

    async def play(self, scene: Scene) -> Sequence[Result]:
        """Publish a scene's messages; return when each has its outcome or the timeout is over."""
        self._stack.faults.add(*(fault for step in scene for fault in step.faults))
        published = [(step, await self._publish(step)) for step in scene]
        return await asyncio.gather(*(self._wait_for_result(step, message) for step, message in published))

    async def order(self, order_id: str) -> Order | None:
        """Read an order as the functions do."""
        ref = order_ref(order_id)
        order = (await self._store.load("none", [ref])).state.get(ref)
        return order if isinstance(order, Order) else None

    async def _publish(self, step: Step) -> str:
        topic = self._publisher.topic_path(self._stack.project, step.topic)
        future = self._publisher.publish(
            topic, step.payload, ordering_key=step.ordering_key, **step.attributes
        )
        return str(await asyncio.wrap_future(future))

    async def _wait_for_result(self, step: Step, message: str) -> Result:
        result = await self._result(step, message)

        async def is_finished() -> bool:
            nonlocal result
            result = await self._result(step, message)
            return self._is_finished(result)

        try:
            await until(is_finished, TIMEOUT_S)
        except TimeoutError:
            result = await self._result(step, message)
        return result

    async def _result(self, step: Step, message: str) -> Result:
        order = await self.order(step.order[0]) if step.order else None
        return Result(
            step=step,
            outcomes=self._deliveries.of(message),
            failed=await self._failed_message(message) if step.failure else None,
            status=order.status.value if order else None,
        )

    async def _failed_message(self, message: str) -> dict[str, Any] | None:
        fingerprint = self._deliveries.fingerprint(message)
        if fingerprint is None:
            return None
        document = await self._documents.document(f"failed_messages/{fingerprint}").get()
        fields: dict[str, Any] | None = document.to_dict()
        return fields
