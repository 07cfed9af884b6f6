"""A publisher in memory that can be made to fail."""

from collections.abc import Sequence

from shared.contracts.outgoing import OutgoingMessage
from shared.errors import PublishUnavailable


class MemoryPublisher:
    """Record what is published.

    Attributes:
        messages: everything published so far, in order.
    """

    def __init__(self) -> None:
        self.messages: list[OutgoingMessage] = []
        self._failures = 0

    @property
    def event_ids(self) -> list[str]:
        """Return the `eventId` of every published message that has one, in order."""
        return [each.attributes["eventId"] for each in self.messages if "eventId" in each.attributes]

    def fail(self, times: int = 1) -> None:
        """Refuse the next calls, each as a whole."""
        self._failures = times

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Record the messages, or raise PublishUnavailable and record nothing."""
        if self._failures:
            self._failures -= 1
            raise PublishUnavailable("refused on demand")
        self.messages += messages
