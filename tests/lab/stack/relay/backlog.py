"""The outstanding messages of one subscription: which may be pushed now, and which wait."""

from collections import OrderedDict, deque
from dataclasses import dataclass

from tests.lab.stack.relay.message import NO_ACK_ID, Message, Received

# More ids than can be redelivered at once, so that a redelivered message is never taken for a new one.
KEPT_FINISHED_IDS = 20_000
MAX_MESSAGES = 10_000
MAX_BYTES = 128 * 2**20


@dataclass(eq=False)
class Outstanding:
    """A message that is not finished, with its current attempt, counted from 1."""

    ack_id: str
    message: Message
    attempt: int = 1


class Backlog:
    """Admits pulled messages and releases one at a time per ordering key.

    After a lapsed lease the emulator sends messages again: outstanding ones only get a new ack id, and
    finished ones are not admitted. Messages without an ordering key, or of an unordered subscription, never
    wait.
    """

    def __init__(self, *, ordered: bool) -> None:
        self._ordered = ordered
        self._outstanding: dict[str, Outstanding] = {}
        self._queues: dict[str, deque[Outstanding]] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._outstanding)

    @property
    def full(self) -> bool:
        """Whether pulling must pause."""
        return len(self) >= MAX_MESSAGES or self._bytes >= MAX_BYTES

    @property
    def ack_ids(self) -> list[str]:
        """Return the ack ids of all outstanding messages, in the order of arrival."""
        return [each.ack_id for each in self._outstanding.values() if each.ack_id != NO_ACK_ID]

    def is_finished(self, message_id: str) -> bool:
        """Return whether a message is finished and was redelivered."""
        return message_id in self._finished

    def admit(self, received: Received) -> Outstanding | None:
        """Admit a message; return it if it may be pushed now, None if it waits or is already outstanding."""
        message = received.message
        if known := self._outstanding.get(message.message_id):
            known.ack_id = received.ack_id
            return None
        admitted = Outstanding(received.ack_id, message)
        self._outstanding[message.message_id] = admitted
        self._bytes += len(message.data)
        return admitted if self._is_head(admitted) else None

    def finish(self, outstanding: Outstanding) -> Outstanding | None:
        """Remove a message; return the next one of its ordering key, which may be pushed now."""
        message = outstanding.message
        del self._outstanding[message.message_id]
        self._bytes -= len(message.data)
        self._remember(message.message_id)
        return self._next(message.ordering_key)

    def _is_head(self, admitted: Outstanding) -> bool:
        key = admitted.message.ordering_key
        if not (self._ordered and key):
            return True
        queue = self._queues.setdefault(key, deque())
        queue.append(admitted)
        return len(queue) == 1

    def _next(self, key: str) -> Outstanding | None:
        if key not in self._queues:
            return None
        queue = self._queues[key]
        queue.popleft()
        if queue:
            return queue[0]
        del self._queues[key]
        return None

    def _remember(self, message_id: str) -> None:
        self._finished[message_id] = None
        if len(self._finished) > KEPT_FINISHED_IDS:
            self._finished.popitem(last=False)
