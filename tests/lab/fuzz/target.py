"""What is fuzzed: the whole of a delivery, from the bytes of a request to its answer, over stores in memory.

A run is right when the answer is one of those that exist, a bug's not among them, and when what was refused
is kept whole once it is dead-lettered.
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field

from shared.consumer.push_handler import PushHandler
from shared.consumer.routes import Routes
from shared.contracts.dead_letter import parse_dead_letter
from shared.contracts.envelope import parse_push
from shared.failed_messages.dead_letter import readable_order_id
from shared.privacy.masking import masked_json
from tests.fakes.failures import MemoryDeliveryFailures
from tests.fakes.publisher import MemoryPublisher
from tests.unit.consumer.processors import NOW, Bench
from tests.unit.functions.function_routes import routes_of

CONSUMERS = (
    *("inventory", "order_cancel", "order_create", "order_release"),
    *("payment", "ship", "short", "substitution"),
)
EXPECTED = frozenset({204, 400, 422, 503})


@dataclass
class Target:
    """Every consumer as one, each topic with a subscription of its name.

    Attributes:
        tried: how many inputs it was given.
    """

    routes: Routes = field(default_factory=lambda: routes_of(*CONSUMERS))
    tried: int = 0

    def __post_init__(self) -> None:
        self.topics = sorted({topic for topic, _ in self.routes})
        self._types = dict(self.routes.keys())
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        """End what runs the deliveries."""
        self._loop.close()

    def request(self, body: bytes) -> int:
        """Answer a request with any body; raise AssertionError for an answer that must not be."""
        self.tried += 1
        status = self._loop.run_until_complete(self._answer(body))
        assert status in EXPECTED, status
        return status

    def payload(self, topic: str, data: bytes) -> int:
        """Deliver any data on a topic, and the same as a dead letter."""
        body = self._push(topic, data)
        status = self.request(body)
        letter = parse_dead_letter(parse_push(body), dead_letter_topic=f"{topic}-dlq")
        assert letter.data == data
        readable_order_id(data)
        masked_json(data, ordering_key="CUST-1", distinct_masks=True)
        return status

    async def _answer(self, body: bytes) -> int:
        bench = Bench(routes=self.routes, topics={topic: topic for topic in self.topics})
        handler = PushHandler(
            process=bench.processor.process,
            subscriptions={},
            failures=MemoryDeliveryFailures(),
            publisher=MemoryPublisher(),
            clock=lambda: NOW,
            record=lambda _: None,
        )
        return (await handler.handle(body)).status

    def _push(self, topic: str, data: bytes) -> bytes:
        told = {"timestamp": "2024-01-10T15:00:00Z", "severity": "HIGH"}
        kind = self._types[topic]
        message = {
            "data": base64.b64encode(data).decode(),
            "attributes": told if kind is None else {**told, "eventType": kind},
            "messageId": "1",
            "publishTime": "2024-01-10T15:00:00Z",
        }
        return json.dumps({"message": message, "subscription": f"projects/p/subscriptions/{topic}"}).encode()
