"""A dead letter joined with its failure reason, as it is stored: whole, and marked critical or not."""

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.contracts.dead_letter import DeadLetter, FailureReason
from shared.contracts.envelope import is_severe
from shared.errors import ErrorType

UNKNOWN_TIME = datetime(1, 1, 1, tzinfo=UTC)

MONEY_FACTS = frozenset({"payment-authorized", "payment-captured", "payment-refunded"})
"""Topics of facts about money: an edit of one takes a second person."""

CRITICAL_TOPICS = MONEY_FACTS | {"order-create"}
"""Money, and an order that does not exist: critical for whatever reason."""

CRITICAL_REJECTIONS = (
    "fulfillment-events",
    "ship-events",
    "short-events",
    "inventory-update",
    "reservation-events",
    "order-cancel",
)
"""Facts about goods, and cancellations. A refused fact leaves order or stock wrong until a person acts; a
refused cancellation has to be explained to the customer."""

CRITICAL_ERRORS = (ErrorType.BUG, ErrorType.NOT_RECORDED)
"""The function crashed or never answered, so the message may be correct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDeadLetter:
    """A dead letter with the failure reason its consumer recorded; `fingerprint` is its id."""

    fingerprint: str
    dead_letter: DeadLetter
    failure_reason: FailureReason
    attempts: int
    received_at: datetime
    message_id: str | None = None
    """The id of the message itself; None where its function never answered."""
    order_id: str | None = None
    """The order id in the payload, None where it cannot be read."""
    amount: str | None = None
    currency: str | None = None
    search_keys: tuple[str, ...] = ()
    critical: bool = False
    """A person should look at it now."""
    dead_letter_id: str = ""
    """Message id of the dead letter itself; a redelivery of it has the same id."""
    dead_lettered_at: datetime = UNKNOWN_TIME
    """Publish time of the dead letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What another dead letter of a stored message means."""

    counted: bool
    """False where the same dead letter was counted before."""
    latest: bool
    """The message is open because of it. False for an old dead letter, and where a person discarded the
    message."""


def is_refused_fact(topic: str, failure_reason: FailureReason) -> bool:
    """Return whether a fact about goods, or a cancellation, was rejected: order or stock stays wrong."""
    return failure_reason.error_type == ErrorType.REJECTED and topic in CRITICAL_REJECTIONS


def is_critical(dead_letter: DeadLetter, failure_reason: FailureReason) -> bool:
    """Return whether a failed message cannot wait (requirements 6.2)."""
    return (
        dead_letter.topic in CRITICAL_TOPICS
        or is_refused_fact(dead_letter.topic, failure_reason)
        or is_severe(dead_letter.attributes)
        or failure_reason.error_type in CRITICAL_ERRORS
    )
