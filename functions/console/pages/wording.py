"""Failure reasons, outcomes and actions in the words of the person on call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.errors import ErrorType
from shared.failed_messages.audit_log import AuditRecord
from shared.failed_messages.model import AuditEntry


@dataclass(frozen=True, slots=True)
class Explanation:
    """A failure reason in plain words: what happened, why, and what to do next."""

    title: str
    why: str
    advice: str


class HasReason(Protocol):
    """A failure reason, or a group of failures with one."""

    @property
    def error_type(self) -> str:
        """Return rejected, deferred, transient, bug or not_recorded."""

    @property
    def slug(self) -> str:
        """Return the error's stable slug."""


class HasRule(HasReason, Protocol):
    """A group of failures with the rule that they violate."""

    @property
    def rule(self) -> str:
        """Return "field: rule", or nothing."""


CONTRACT = Explanation(
    "Invalid message format",
    "The payload does not match the contract of its topic. Retrying unchanged will not help.",
    "Edit the payload and replay it. Or ask the sender for a corrected message, and discard this one.",
)
UNKNOWN_VERSION = Explanation(
    "Unknown contract version",
    "The message names a major version that the function does not know. Its fields may mean other things.",
    "Ask the sender for a message of the known version, or deploy the new contract and replay this one.",
)
UNKNOWN_SOURCE = Explanation(
    "Unknown sender",
    "The message names a source that is not one of its topic's producers in the topology.",
    "Find out who publishes to the topic. If the sender is right, add it to the topology and replay.",
)
CONFLICT = Explanation(
    "Same ID, different content",
    "Another message with the same business ID was processed before, with different content.",
    "Ask the sender which of the two is right. If it is the first, discard this one. If it is this one, "
    "ask the sender to publish a correction with a new ID, then discard this one.",
)
ILLEGAL = Explanation(
    "Order status does not allow this",
    "The order has reached a status that rules this message out. Retrying unchanged will not help.",
    "Look at the order's timeline. What already happened outside may need a manual correction.",
)
RULE = Explanation(
    "Business rule violated",
    "The payload is valid, but a business rule does not allow it. Retrying unchanged will not help.",
    "Compare the payload with the order. Edit and replay it if it is wrong, or discard it with a reason.",
)
DEFERRED = Explanation(
    "Arrived too early",
    "The message needs another one that had not arrived: an order, an allocation, a payment, a substitution.",
    "Retried automatically when it arrives. If the message stays open, look for the missing one."
    " A wrong SKU or price in the message looks the same.",
)
TRANSIENT = Explanation(
    "Firestore or Pub/Sub was unavailable",
    "Firestore or Pub/Sub did not answer any delivery attempt. The message itself may be correct.",
    "Retried automatically when the service answers again. If the message stays open, replay it by hand.",
)
BUG = Explanation(
    "The function crashed",
    "The code raised an unexpected exception. The fault is in the function, not in the message.",
    "Inform the engineers. After the fix is deployed, replay the whole group: it stops at the first failure.",
)
NO_ANSWER = Explanation(
    "The function did not answer",
    "No failure reason was recorded: the function crashed, timed out, or had no instance.",
    "Retried automatically when the function answers again. If the message stays open, look at its logs.",
)

RULE_TITLES = {
    "cancel.nothing_open": "Already shipped, too late to cancel",
    "line.sku_mismatch": "SKU does not match the order line",
    "line.unknown": "Unknown order line",
    "order.duplicate_line": "Repeated line number",
    "order.exists": "Order already exists",
    "order.totals_mismatch": "Order total doesn't add up",
    "payment.currency_mismatch": "Currency differs from the order's",
    "payment.expiry_not_after_authorization": "Authorisation expires before it starts",
    "payment.over_refunded": "Refund exceeds the captured amount",
    "reservation.location_mismatch": "Reservation is for another location",
    "reservation.too_large": "Reservation is too large",
    "ship.over_shipped": "More units shipped than ordered",
    "ship.serial_count": "Serial numbers don't match the quantity",
    "ship.serial_repeated": "Repeated serial number",
    "short.arithmetic": "Shortage doesn't add up",
    "short.duplicate_line": "Line stated twice in one shortage",
    "short.ordered_mismatch": "Ordered quantity differs from the order's",
    "substitution.already_shipped": "Line already shipped",
    "substitution.increase_mismatch": "Price increase doesn't add up",
    "substitution.original_price": "Original price is not above zero",
    "substitution.over_limit": "Price increase exceeds 20 %",
    "substitution.price_mismatch": "Original price differs from the order's",
    "substitution.type_mismatch": "Substitution type does not fit",
}
"""The rule that a rejected message violates, by slug; a rule without an entry is shown by its slug."""

FORMER_RULES = frozenset({"substitution.already_shipped", "substitution.price_mismatch"})
"""Rules with a title that reject nothing any more: stored messages were rejected by them."""

RULE_ADVICE = {
    "cancel": "Arrange a return with the customer, and discard the message.",
    "order.totals_mismatch": "The table shows which amount differs. Edit it and replay, or ask the sender.",
    "order.duplicate_line": "Ask the sender which line is right. Correct the line numbers in an edit.",
    "payment": "This is a fact about money. Compare it with the payment service before you change anything. A"
    " correction takes two people: one saves the edit, another one replays it.",
    "ship": "The parcel has left. Ask the warehouse what it carries, and correct the order by hand.",
    "short": "Ask the warehouse for the count. Correct the numbers in an edit.",
    "substitution": "Ask the warehouse for a request with the right prices, and discard this one.",
}
"""What to do about a violated rule, by slug or by its first part."""

_BY_SLUG = {
    "contract.invalid": CONTRACT,
    "contract.unknown_version": UNKNOWN_VERSION,
    "envelope.unknown_source": UNKNOWN_SOURCE,
    "claim.conflict": CONFLICT,
    "order.illegal": ILLEGAL,
}
_BY_TYPE: Mapping[str, Explanation] = {
    ErrorType.DEFERRED: DEFERRED,
    ErrorType.TRANSIENT: TRANSIENT,
    ErrorType.BUG: BUG,
    ErrorType.NOT_RECORDED: NO_ANSWER,
}


def explain(reason: HasReason) -> Explanation:
    """Explain a failure reason; an unknown error type reads like a function that did not answer."""
    for slug, explanation in _BY_SLUG.items():
        if reason.slug == slug or reason.slug.startswith(slug + "."):
            return explanation
    if reason.error_type == ErrorType.REJECTED:
        return Explanation(_rule_title(reason.slug), RULE.why, _rule_advice(reason.slug))
    return _BY_TYPE.get(reason.error_type, NO_ANSWER)


def group_title(group: HasRule) -> str:
    """Write the title of a failure group: what happened, and the field with the fault."""
    field, colon, _ = group.rule.partition(": ")
    title = explain(group).title
    return f"{title}: {field}" if colon else title


def _rule_advice(slug: str) -> str:
    area = slug.partition(".")[0]
    return RULE_ADVICE.get(slug) or RULE_ADVICE.get(area) or RULE.advice


def _rule_title(slug: str) -> str:
    title = RULE_TITLES.get(slug)
    return title or f"{RULE.title}: {slug.replace('.', ' ').replace('_', ' ')}"


OUTCOMES = {
    "processed": "replayed successfully",
    "duplicate": "already processed, nothing changed",
    "stale": "older than the stored state, nothing changed",
    "ignored": "not for this function, nothing changed",
    "discarded": "discarded",
}
"""The outcome of a replay or a bulk operation."""


def action_detail(action: AuditEntry | AuditRecord) -> str:
    """Return what is shown of an action: an outcome in words, and a reason as a person typed it."""
    return OUTCOMES.get(action.detail, action.detail) if action.action == "resolved" else action.detail


ACTIONS = {
    "failed": "Moved to failed messages",
    "dead_lettered_again": "Dead-lettered again",
    "replaying": "Replay started",
    "resolved": "Replay succeeded",
    "failed_again": "Replay failed",
    "discarded": "Discarded",
    "unmasked": "Personal data shown",
    "edited": "Payload edited",
    "reopened": "Reopened",
    "still_deferred": "Automatic replay postponed",
    "retries_ended": "Automatic replay ended",
    "interrupted": "Replay interrupted",
}
"""Events of a message's history, by the stored action."""

DENIED_ACTIONS = {
    "unmask": "see personal data",
    "editor": "see personal data in the editor",
    "replay": "replay a message",
    "discard": "discard a message",
    "reopen": "reopen a message",
    "preflight": "start a dry run",
    "edits": "save an edit",
    "check": "check an edit",
    "runs": "start a bulk operation",
    "advance": "advance a bulk operation",
    "pause-run": "pause a bulk operation",
    "resume-run": "resume a bulk operation",
    "cancel": "cancel a bulk operation",
    "advance-runs": "advance all bulk operations",
    "check-repair": "check a repair",
    "retry-deferred": "start automatic replay",
    "check-deadlines": "check the deadlines of orders",
    "pause": "pause automatic replay",
    "resume": "resume automatic replay",
    "denied": "see access denials",
    "handover": "hand over a failure group",
    "customer-searches": "see searches for customers",
}
"""What a user tried, by the stored action."""

DRY_RUN_OUTCOMES = {
    "processed": "A replay would succeed.",
    "duplicate": "Already processed: a replay would change nothing.",
    "stale": "Older than the stored state: a replay would change nothing.",
    "ignored": "The function would ignore it: a replay would change nothing.",
    "rejected": "A replay would fail.",
    "deferred": "Still too early: a replay would fail.",
    "error": "Check failed, try again.",
}
"""The result of a dry run, by outcome."""
