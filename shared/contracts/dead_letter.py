"""Dead letters: how a message that was given up says where it came from and why.

Two kinds arrive on a dead-letter topic. Pub/Sub's own forwarding adds
`CloudPubSubDeadLetterSource{Subscription,SubscriptionProject,DeliveryCount,TopicPublishTime}` and
says nothing of the reason. A function that gives up by itself says everything, in the attributes
below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from shared.contracts.envelope import Envelope
from shared.contracts.field_types import UtcMoment
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.value import Value

FORWARDED = "CloudPubSubDeadLetterSource"
MAX_ATTRIBUTE = 1024
"""Bytes of an attribute's value that Pub/Sub takes."""
MAX_DIGITS = 6
"""Of a number of attempts that is believed: anybody may have written it."""
_TIME = TypeAdapter(UtcMoment)

ADDED_BY_FUNCTION = frozenset(
    {
        "originalTopic",
        "originalSubscription",
        "originalPublishTime",
        "failureReason",
        "failureDetail",
        "errorType",
        "deliveryAttempts",
    }
)
ADDED_BY_PUBSUB = frozenset(
    FORWARDED + part for part in ("Subscription", "SubscriptionProject", "DeliveryCount", "TopicPublishTime")
)


NOT_RECORDED = "not_recorded"
"""Why a message failed whose function never answered: a crash, a time-out, no instance."""


class FailureReason(Value):
    """Why a delivery failed."""

    error_type: str
    """rejected, deferred, transient, bug, or not_recorded."""
    slug: str
    """The error's stable slug; the exception's class where it is a bug."""
    detail: str = ""
    """Fields and rules, never values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that was given up, as it was when it was published."""

    topic: str
    subscription: str
    publish_time: datetime
    attributes: Mapping[str, str]
    ordering_key: str = field(repr=False)
    data: bytes = field(repr=False)
    delivery_attempts: int
    failure_reason: FailureReason | None
    """Told by the function that gave up; Pub/Sub's forwarding does not know it."""


def function_dead_letter(
    envelope: Envelope, failure_reason: FailureReason, *, dead_letter_topic: str, original_topic: str
) -> OutgoingMessage:
    """Write the dead letter of a message that a function gives up by itself."""
    return OutgoingMessage(
        topic=dead_letter_topic,
        ordering_key=envelope.ordering_key,
        attributes={
            **_without(envelope.attributes, ADDED_BY_PUBSUB),
            "originalTopic": original_topic,
            "originalSubscription": envelope.subscription,
            "originalPublishTime": envelope.publish_time.isoformat(timespec="milliseconds"),
            "deliveryAttempts": str(envelope.delivery_attempt),
            "errorType": failure_reason.error_type,
            "failureReason": failure_reason.slug,
            "failureDetail": failure_reason.detail[:MAX_ATTRIBUTE],
        },
        data=envelope.data,
    )


def parse_dead_letter(envelope: Envelope, *, dead_letter_topic: str) -> DeadLetter:
    """Read what was given up, out of either kind of dead letter.

    Never refuses: a field nobody wrote is derived from the dead-letter topic, or left out. Of a
    forwarded letter Pub/Sub's attributes alone are believed: whoever published it wrote the others.
    """
    forwarded = FORWARDED + "Subscription" in envelope.attributes
    added = ADDED_BY_PUBSUB if forwarded else ADDED_BY_FUNCTION
    told = {name: value for name, value in envelope.attributes.items() if name in added}
    return DeadLetter(
        topic=told.get("originalTopic") or dead_letter_topic.removesuffix("-dlq"),
        subscription=told.get("originalSubscription") or told.get(FORWARDED + "Subscription") or "unknown",
        publish_time=_first_publish_time(told, envelope.publish_time),
        attributes=_without(envelope.attributes, added),
        ordering_key=envelope.ordering_key,
        data=envelope.data,
        delivery_attempts=_attempts(told),
        failure_reason=_read_failure_reason(told),
    )


def _read_failure_reason(told: Mapping[str, str]) -> FailureReason | None:
    if "errorType" not in told or "failureReason" not in told:
        return None
    return FailureReason(
        error_type=told["errorType"], slug=told["failureReason"], detail=told.get("failureDetail", "")
    )


def _without(attributes: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name not in names}


def _first_publish_time(told: Mapping[str, str], otherwise: datetime) -> datetime:
    written = told.get("originalPublishTime") or told.get(FORWARDED + "TopicPublishTime")
    try:
        return _TIME.validate_python(written)
    except ValidationError:
        return otherwise


def _attempts(told: Mapping[str, str]) -> int:
    written = told.get("deliveryAttempts") or told.get(FORWARDED + "DeliveryCount") or ""
    return int(written) if written.isdecimal() and len(written) <= MAX_DIGITS else 0
