"""Which failures somebody should look at now."""

from shared.contracts.dead_letter import NOT_RECORDED, DeadLetter, FailureReason

CRITICAL_TOPICS = ("order-create", "payment-authorized", "payment-captured", "payment-refunded")
"""An order that does not exist, and money."""

CRITICAL_ERRORS = ("bug", NOT_RECORDED)
"""The function crashed, or never answered: the message may be right."""


def is_critical(letter: DeadLetter, failure_reason: FailureReason) -> bool:
    """Say whether a failed message cannot wait (requirements 6.2)."""
    return (
        letter.topic in CRITICAL_TOPICS
        or letter.attributes.get("severity") == "HIGH"
        or failure_reason.error_type in CRITICAL_ERRORS
    )
