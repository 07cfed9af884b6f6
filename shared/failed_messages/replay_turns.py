"""The order of automatic replays: no message overtakes an earlier one of its customer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from shared.failed_messages.model import FailedMessage
from shared.failed_messages.reopening import OUTAGE_TYPES


def sort_by_turn(due: Sequence[FailedMessage]) -> list[FailedMessage]:
    """Sort by the failed tries of the customer, then by publication: a customer's messages keep their order.

    A message may have several keys of customers, such as a membership. Customers with a common key have
    their turns together.
    """
    linked = _link_keys(due)
    tries: dict[bytes, int] = {}
    for message in due:
        for key in message.customer_keys:
            tries[linked[key]] = max(tries.get(linked[key], 0), message.automatic_replays)

    def turn(message: FailedMessage) -> tuple[int, datetime, str]:
        keys = message.customer_keys
        of_customer = tries[linked[keys[0]]] if keys else message.automatic_replays
        return of_customer, message.publish_time, message.id

    return sorted(due, key=turn)


def _link_keys(messages: Sequence[FailedMessage]) -> Mapping[bytes, bytes]:
    """Map every key to one key of those it is linked with by messages that have both."""
    groups: dict[bytes, set[bytes]] = {}
    for message in messages:
        linked = set(message.customer_keys).union(*(groups.get(key, ()) for key in message.customer_keys))
        groups.update(dict.fromkeys(linked, linked))
    return {key: min(linked) for key, linked in groups.items()}


def first_outage_times(waiting: Iterable[FailedMessage]) -> dict[bytes, datetime]:
    """Return, by customer, the publish time of the first message that waits for the end of an outage."""
    first: dict[bytes, datetime] = {}
    for message in waiting:
        if message.failure_reason.error_type in OUTAGE_TYPES:
            for key in message.customer_keys:
                first[key] = min(message.publish_time, first.get(key, message.publish_time))
    return first


def would_overtake(message: FailedMessage, waiting: Mapping[bytes, datetime]) -> bool:
    """Return whether an earlier message of the same customer waits for the end of an outage."""
    return any(waiting.get(key, message.publish_time) < message.publish_time for key in message.customer_keys)
