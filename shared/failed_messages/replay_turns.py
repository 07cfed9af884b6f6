"""The order of automatic replays: no message overtakes an earlier one of its customer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.failed_messages.model import FailedMessage


def sort_by_turn(due: Sequence[FailedMessage]) -> list[FailedMessage]:
    """Sort by the failed tries of the customer, then by publication: no message overtakes its customer's."""
    tries: dict[bytes, int] = {}
    for message in due:
        for key in message.customer_keys:
            tries[key] = max(tries.get(key, 0), message.automatic_replays)

    def turn(message: FailedMessage) -> tuple[int, datetime, str]:
        of_customer = max((tries[key] for key in message.customer_keys), default=message.automatic_replays)
        return of_customer, message.publish_time, message.id

    return sorted(due, key=turn)


def would_overtake(message: FailedMessage, waiting: Mapping[bytes, datetime]) -> bool:
    """Return whether an earlier message of the same customer waits for the end of an outage."""
    return any(waiting.get(key, message.publish_time) < message.publish_time for key in message.customer_keys)
