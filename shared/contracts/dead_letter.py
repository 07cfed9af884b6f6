"""Dead letters: the attributes with the origin of a failed message and its failure reason.

Two kinds arrive on a dead-letter topic. Pub/Sub forwards a message after its last attempt: it adds
`CloudPubSubDeadLetterSource{Subscription,SubscriptionProject,DeliveryCount,TopicPublishTime}`, without a
reason. A function that dead-letters a message adds the origin and the reason in the attributes below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from shared.contracts.envelope import Envelope
from shared.contracts.outgoing import OutgoingMessage
from shared.contracts.time_types import UtcMoment
from shared.domain.value import Value

PRODUCER_PREFIX = "producerAttribute."
"""Prefix for a producer's attribute that has the same name as a function's own."""

PUBSUB_PREFIX = "CloudPubSubDeadLetterSource"
DEAD_LETTER_SUFFIX = "-dlq"
"""The end of a dead-letter topic's name, after the name of its source topic (requirements 6.1)."""
MAX_ATTRIBUTE_BYTES = 1024
"""Pub/Sub refuses a longer value of an attribute."""
MAX_ATTEMPT_DIGITS = 6
"""A longer number of attempts is ignored: any publisher may have written it."""
_TIME_ADAPTER = TypeAdapter(UtcMoment)

ADDED_BY_FUNCTION = frozenset(
    {
        "originalTopic",
        "originalSubscription",
        "originalPublishTime",
        "originalMessageId",
        "failureReason",
        "failureDetail",
        "errorType",
        "deliveryAttempts",
    }
)
ADDED_BY_PUBSUB = frozenset(
    PUBSUB_PREFIX + part
    for part in ("Subscription", "SubscriptionProject", "DeliveryCount", "TopicPublishTime")
)


class FailureReason(Value):
    """Why a delivery failed."""

    error_type: str
    """An `ErrorType`, as it is stored."""
    slug: str
    """The error's stable slug; the exception's class where it is a bug."""
    detail: str = ""
    """Fields and rules, never values."""

    @property
    def first_rule(self) -> str:
        """Return "field: rule", the first of them; empty where there is none."""
        return self.detail.partition("; ")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead-lettered message, as it was when it was published."""

    topic: str
    subscription: str
    publish_time: datetime
    attributes: Mapping[str, str]
    ordering_key: str = field(repr=False)
    data: bytes = field(repr=False)
    delivery_attempts: int
    failure_reason: FailureReason | None
    """None where Pub/Sub forwarded the message."""
    message_id: str | None = None
    """The id of the message itself; None where Pub/Sub forwarded it."""


def build_dead_letter(
    envelope: Envelope, reason: FailureReason, *, dead_letter_topic: str, original_topic: str
) -> OutgoingMessage:
    """Build the dead letter that a function publishes: the message, its origin and the failure reason."""
    return OutgoingMessage(
        topic=dead_letter_topic,
        ordering_key=envelope.ordering_key,
        attributes={
            **_set_aside(_without(envelope.attributes, ADDED_BY_PUBSUB)),
            "originalTopic": original_topic,
            "originalSubscription": envelope.subscription,
            "originalPublishTime": envelope.publish_time.isoformat(timespec="milliseconds"),
            "originalMessageId": envelope.message_id,
            "deliveryAttempts": str(envelope.delivery_attempt),
            "errorType": reason.error_type,
            "failureReason": reason.slug,
            "failureDetail": reason.detail[:MAX_ATTRIBUTE_BYTES],
        },
        data=envelope.data,
    )


def parse_dead_letter(envelope: Envelope, *, dead_letter_topic: str) -> DeadLetter:
    """Read the message out of either kind of dead letter.

    It never raises: a missing origin is derived from the dead-letter topic. Of a message that Pub/Sub
    forwarded only Pub/Sub's attributes count, because its publisher wrote the others.
    """
    forwarded = PUBSUB_PREFIX + "Subscription" in envelope.attributes
    added = ADDED_BY_PUBSUB if forwarded else ADDED_BY_FUNCTION
    origin = {name: value for name, value in envelope.attributes.items() if name in added}
    return DeadLetter(
        topic=origin.get("originalTopic") or dead_letter_topic.removesuffix(DEAD_LETTER_SUFFIX),
        subscription=origin.get("originalSubscription")
        or origin.get(PUBSUB_PREFIX + "Subscription")
        or "unknown",
        publish_time=_first_publish_time(origin, envelope.publish_time),
        attributes=_without(envelope.attributes, added) if forwarded else _restore(envelope.attributes),
        ordering_key=envelope.ordering_key,
        data=envelope.data,
        delivery_attempts=_attempts(origin),
        failure_reason=_read_failure_reason(origin),
        message_id=origin.get("originalMessageId"),
    )


def _read_failure_reason(origin: Mapping[str, str]) -> FailureReason | None:
    if "errorType" not in origin or "failureReason" not in origin:
        return None
    return FailureReason(
        error_type=origin["errorType"], slug=origin["failureReason"], detail=origin.get("failureDetail", "")
    )


def _set_aside(attributes: Mapping[str, str]) -> dict[str, str]:
    """Add the prefix to the producer's attributes that have the same name as a function's own."""
    return {PRODUCER_PREFIX + name if _collides(name) else name: value for name, value in attributes.items()}


def _restore(attributes: Mapping[str, str]) -> dict[str, str]:
    """Undo `_set_aside`, without the function's own attributes."""
    return {
        name.removeprefix(PRODUCER_PREFIX): value
        for name, value in attributes.items()
        if name not in ADDED_BY_FUNCTION
    }


def _collides(name: str) -> bool:
    return name in ADDED_BY_FUNCTION or name.startswith(PRODUCER_PREFIX)


def _without(attributes: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name not in names}


def _first_publish_time(origin: Mapping[str, str], default: datetime) -> datetime:
    written = origin.get("originalPublishTime") or origin.get(PUBSUB_PREFIX + "TopicPublishTime")
    try:
        return _TIME_ADAPTER.validate_python(written)
    except ValidationError:
        return default


def _attempts(origin: Mapping[str, str]) -> int:
    written = origin.get("deliveryAttempts") or origin.get(PUBSUB_PREFIX + "DeliveryCount") or ""
    return int(written) if written.isdecimal() and len(written) <= MAX_ATTEMPT_DIGITS else 0
