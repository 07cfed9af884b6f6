"""The messages of one subscription between pull and end: which may be pushed now, and which wait."""

from collections import OrderedDict, deque
from dataclasses import dataclass

from tests.lab.stack.relay.message import Message, Received

# More than can be redelivered at once, so that none of those is taken for new.
REMEMBERED = 20_000
MAX_MESSAGES = 10_000
MAX_BYTES = 128 * 2**20


@dataclass(eq=False)
class Outstanding:
    """A message on its way, with the attempt it is at, counted from 1."""

    ack_id: str
    message: Message
    attempt: int = 1


class Backlog:
    """Admits messages as they are pulled and lets one per ordering key out at a time.

    A lapsed lease brings messages again: those outstanding only change their ack id, those settled are not
    admitted. Messages without an ordering key, or on a subscription without order, wait for nobody.
    """

    def __init__(self, *, ordered: bool) -> None:
        self._ordered = ordered
        self._outstanding: dict[str, Outstanding] = {}
        self._queues: dict[str, deque[Outstanding]] = {}
        self._settled: OrderedDict[str, None] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._outstanding)

    @property
    def full(self) -> bool:
        """Whether nothing more should be pulled for now."""
        return len(self) >= MAX_MESSAGES or self._bytes >= MAX_BYTES

    @property
    def ack_ids(self) -> list[str]:
        """Return the ack ids of all that is outstanding, in the order of arrival."""
        return [outstanding.ack_id for outstanding in self._outstanding.values()]

    def is_settled(self, message_id: str) -> bool:
        """Whether a message has been settled already and came again."""
        return message_id in self._settled

    def admit(self, received: Received) -> Outstanding | None:
        """Take a message in; return it if it may be pushed now, None if it waits or is on its way already."""
        message = received.message
        if known := self._outstanding.get(message.message_id):
            known.ack_id = received.ack_id
            return None
        admitted = Outstanding(received.ack_id, message)
        self._outstanding[message.message_id] = admitted
        self._bytes += len(message.data)
        return admitted if self._is_head(admitted) else None

    def settle(self, outstanding: Outstanding) -> Outstanding | None:
        """Let a message go; return the next of its ordering key, which may be pushed now."""
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
        self._settled[message_id] = None
        if len(self._settled) > REMEMBERED:
            self._settled.popitem(last=False)
