"""The fuzzing target: a whole delivery, from the bytes of a request to its answer, over stores in memory.

A delivery is correct if its answer is an expected status, and if a dead letter of the same data keeps all of
it.
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field

from shared.consumer.failure_handler import FailureHandler
from shared.consumer.push_handler import PushHandler
from shared.consumer.routes import Routes
from shared.contracts.dead_letter import parse_dead_letter
from shared.contracts.envelope import parse_push
from shared.failed_messages.payload_facts import read_facts
from shared.privacy.masking import mask_json
from tests.fakes.failures import MemoryDeliveryFailures
from tests.fakes.publisher import MemoryPublisher
from tests.unit.consumer.processors import NOW, Bench
from tests.unit.functions.function_routes import routes_of

CONSUMERS = (
    *("inventory", "order_cancel", "order_create", "order_release"),
    *("payment", "ship", "short", "substitution"),
)
EXPECTED_STATUSES = frozenset({204, 400, 422, 503})


@dataclass
class Target:
    """All consumers in one target, with a subscription for each topic.

    Attributes:
        inputs: the number of inputs so far.
    """

    routes: Routes = field(default_factory=lambda: routes_of(*CONSUMERS))
    inputs: int = 0

    def __post_init__(self) -> None:
        self.topics = sorted({topic for topic, _ in self.routes})
        self._types = dict(self.routes.keys())
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        """Close the event loop."""
        self._loop.close()

    def deliver_body(self, body: bytes) -> int:
        """Handle a request body. Raises AssertionError for a wrong answer."""
        self.inputs += 1
        status = self._loop.run_until_complete(self._answer(body))
        assert status in EXPECTED_STATUSES, status
        return status

    def deliver_payload(self, topic: str, data: bytes) -> int:
        """Deliver data on a topic, and the same data as a dead letter; return the status."""
        body = self._push(topic, data)
        status = self.deliver_body(body)
        dead_letter = parse_dead_letter(parse_push(body), dead_letter_topic=f"{topic}-dlq")
        assert dead_letter.data == data
        read_facts(data)
        mask_json(data, ordering_key="CUST-1", distinct_masks=True)
        return status

    async def _answer(self, body: bytes) -> int:
        bench = Bench(routes=self.routes, topics={topic: topic for topic in self.topics})
        handler = PushHandler(
            process=bench.processor.process,
            failure_handler=FailureHandler({}, MemoryDeliveryFailures(), MemoryPublisher()),
            clock=lambda: NOW,
            record=lambda _: None,
        )
        return (await handler.handle(body)).status

    def _push(self, topic: str, data: bytes) -> bytes:
        attributes = {"timestamp": "2024-01-10T15:00:00Z", "severity": "HIGH"}
        kind = self._types[topic]
        message = {
            "data": base64.b64encode(data).decode(),
            "attributes": attributes if kind is None else {**attributes, "eventType": kind},
            "messageId": "1",
            "publishTime": "2024-01-10T15:00:00Z",
        }
        return json.dumps({"message": message, "subscription": f"projects/p/subscriptions/{topic}"}).encode()
