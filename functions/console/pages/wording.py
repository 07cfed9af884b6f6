"""Failures in the words of the person on call: what it is, why it happened, what to do next."""

from dataclasses import dataclass

from shared.contracts.dead_letter import NOT_RECORDED, FailureReason


@dataclass(frozen=True, slots=True)
class Explanation:
    """A failure in plain words."""

    title: str
    why: str
    advice: str


CONTRACT = Explanation(
    "Breaks its contract",
    "The payload is not what was agreed with whoever sends it. It fails at every delivery.",
    "Edit the payload and replay it, or have the sender correct it and discard this one.",
)
CONFLICT = Explanation(
    "Same id, other content",
    "A message with the same business id was processed before, and it said something else.",
    "Find out from the sender which of the two is right. If it is the first, discard this one.",
)
ILLEGAL = Explanation(
    "The order does not allow it any more",
    "The order has moved on to a state that rules this message out for good.",
    "Look at the order's timeline. What already happened outside may need a correction by hand.",
)
RULE = Explanation(
    "Breaks a business rule",
    "The payload is well formed, but what it asks for is not allowed. It fails at every delivery.",
    "Compare it with the order. Edit and replay it if it is plainly wrong, or discard it with a reason.",
)
DEFERRED = Explanation(
    "Came too early",
    "What it builds on (its order, allocation or authorisation) had not arrived when it was given up.",
    "It is replayed by itself once that has arrived. If it stays here, look for the missing message.",
)
TRANSIENT = Explanation(
    "A part did not answer",
    "Firestore or Pub/Sub did not answer at any attempt. The message itself may be fine.",
    "Once the pre-flight says that it would pass, replay it; a whole cause at once if there are many.",
)
BUG = Explanation(
    "The function crashed",
    "The code raised an exception that nobody expected. That is a fault of the function, not of the message.",
    "Tell the engineers. After the fix is deployed, replay all of this cause: it stops at the first failure.",
)
SILENT = Explanation(
    "The function never answered",
    "No reason was recorded: it crashed, ran out of time, or no instance was there.",
    "Look at the function's logs at that time. Replay one; if it passes, replay the rest.",
)

_BY_REASON = {"contract.invalid": CONTRACT, "claim.conflict": CONFLICT, "order.illegal": ILLEGAL}
_BY_TYPE = {
    "rejected": RULE,
    "deferred": DEFERRED,
    "transient": TRANSIENT,
    "bug": BUG,
    NOT_RECORDED: SILENT,
}


def explain(failure_reason: FailureReason) -> Explanation:
    """Explain a cause; one of a kind that is not known is told like a function that never answered."""
    for reason, explanation in _BY_REASON.items():
        if failure_reason.slug == reason or failure_reason.slug.startswith(reason + "."):
            return explanation
    return _BY_TYPE.get(failure_reason.error_type, SILENT)


OUTCOMES = {
    "processed": "Processed.",
    "duplicate": "It had been processed before: nothing changed.",
    "stale": "Older than what is stored: nothing changed.",
    "ignored": "Not for this function: nothing changed.",
    "discarded": "Discarded.",
}
"""What a replay or a run came to."""

ACTIONS = {
    "failed": "Given up and kept here",
    "dead_lettered_again": "Given up once more",
    "replaying": "Replay started",
    "resolved": "Replay succeeded",
    "failed_again": "Replay failed",
    "discarded": "Discarded",
    "unmasked": "Personal data shown",
    "edited": "Payload edited",
    "still_deferred": "Looked at again: still too early",
    "retries_ended": "Automatic retries ended",
    "interrupted": "Replay interrupted",
}
"""What happened to a case, by the action its history names."""

ATTEMPTS = {
    "unmask": "see personal data",
    "editor": "see personal data in the editor",
    "replay": "replay a message",
    "discard": "discard a message",
    "preflight": "ask for a pre-flight",
    "edits": "edit a payload",
    "check": "check an edited payload",
    "runs": "start a run",
    "advance": "advance a run",
    "cancel": "cancel a run",
    "retry-deferred": "retry deferred messages",
    "denied": "see denied attempts",
}
"""What somebody tried, by the last word of the address they asked."""

FORECASTS = {
    "processed": "It would be processed.",
    "duplicate": "It was processed already: a replay would change nothing.",
    "stale": "It is older than what is stored: a replay would change nothing.",
    "ignored": "The function would ignore it: a replay would change nothing.",
    "rejected": "It would be rejected.",
    "deferred": "It is still too early.",
    "error": "Nobody can tell: the function did not answer the question.",
}
"""What would become of a message now."""
