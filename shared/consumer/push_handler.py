"""From a push request to its answer: the one place that maps outcomes to statuses and tells of them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint
from shared.consumer.ports import Clock, FailureLog, Process, Publisher
from shared.contracts.dead_letter import FailureReason, function_dead_letter
from shared.contracts.envelope import Envelope, parse_push
from shared.errors import MessageError, NotAPush, Outcome, PushTooLarge, Rejected, Transient, Unidentified

ACKNOWLEDGED = 204
BUG = 500
HIGH = "HIGH"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPolicy:
    """What the topology says of a subscription, as far as its function needs to know."""

    topic: str
    dead_letter_topic: str | None = None
    dead_letters_rejections: bool = False
    """A rejected message goes straight to the dead-letter topic instead of being redelivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status for Pub/Sub, and what it stands for; the cause is empty where the message is done."""

    status: int
    outcome: str
    failure_reason: FailureReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PushHandler:
    """Answer push requests with a status."""

    process: Process
    subscriptions: Mapping[str, SubscriptionPolicy]
    failures: FailureLog
    publisher: Publisher
    clock: Clock
    log: Callable[[Mapping[str, Any]], None]

    async def handle(self, body: bytes) -> Answer:
        """Process the push in `body` and return what came of it, for who delivers it by hand."""
        started = self.clock()
        entry: dict[str, Any] = {}
        try:
            entry["status"] = await self._answer(body, entry)
        finally:
            entry["durationMs"] = round((self.clock() - started).total_seconds() * 1000, 3)
            self.log(entry)
        failure_reason = FailureReason(
            error_type=entry.get("errorType", ""),
            slug=entry.get("reason", ""),
            detail=entry.get("detail", ""),
        )
        return Answer(status=entry["status"], outcome=entry["outcome"], failure_reason=failure_reason)

    def refuse(self, error: NotAPush | PushTooLarge | Unidentified) -> Answer:
        """Answer a request whose body could not even be read."""
        failure_reason = explain_failure(error)
        self.log({"status": error.status, "durationMs": 0.0, **_told(failure_reason, error.outcome)})
        return Answer(status=error.status, outcome=error.outcome, failure_reason=failure_reason)

    async def _answer(self, body: bytes, entry: dict[str, Any]) -> int:
        try:
            envelope = parse_push(body)
        except NotAPush as error:
            entry |= _told(explain_failure(error), error.outcome)
            return error.status
        entry |= _headers(envelope)
        try:
            entry["outcome"] = await self.process(envelope)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message is not lost
            return await self._failed(envelope, error, entry)
        return ACKNOWLEDGED

    async def _failed(self, envelope: Envelope, error: Exception, entry: dict[str, Any]) -> int:
        """Tell of a failure; return 204 only where the message is dead-lettered already."""
        known = error if isinstance(error, MessageError) else None
        failure = DeliveryFailure(
            fingerprint=delivery_fingerprint(envelope.subscription, envelope.publish_time, envelope.data),
            failure_reason=explain_failure(error),
            attempts=envelope.delivery_attempt,
            at=self.clock(),
        )
        entry |= _told(failure.failure_reason, known.outcome if known else Outcome.ERROR)
        entry |= {"fingerprint": failure.fingerprint, "raisedAt": "" if known else _raised_at(error)}
        if isinstance(error, Rejected) and await self._dead_lettered(envelope, failure.failure_reason):
            return ACKNOWLEDGED
        with suppress(Transient):  # the answer is the same with or without the note
            await self.failures.record(failure)
        return known.status if known else BUG

    async def _dead_lettered(self, envelope: Envelope, failure_reason: FailureReason) -> bool:
        """Send a rejected message to its dead-letter topic, where the subscription's policy says so."""
        policy = self.subscriptions.get(envelope.subscription)
        if policy is None or policy.dead_letter_topic is None or not policy.dead_letters_rejections:
            return False
        letter = function_dead_letter(
            envelope, failure_reason, dead_letter_topic=policy.dead_letter_topic, original_topic=policy.topic
        )
        try:
            await self.publisher.publish([letter])
        except Transient:
            return False
        return True


def explain_failure(error: Exception) -> FailureReason:
    """Say why a delivery failed; of a bug only its class, because its text may hold payload."""
    if not isinstance(error, MessageError):
        return FailureReason(error_type="bug", slug=type(error).__name__)
    kind = "transient" if isinstance(error, Transient) else str(error.outcome)
    return FailureReason(error_type=kind, slug=error.slug, detail=str(error))


def _headers(envelope: Envelope) -> dict[str, Any]:
    return {
        "subscription": envelope.subscription,
        "messageId": envelope.message_id,
        "correlationId": envelope.correlation_id,
        "attempt": envelope.delivery_attempt,
        "eventSeverity": HIGH if envelope.attributes.get("severity") == HIGH else None,
    }


def _told(failure_reason: FailureReason, outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "errorType": failure_reason.error_type,
        "reason": failure_reason.slug,
        "detail": failure_reason.detail,
    }


def _raised_at(bug: Exception) -> str:
    """Say where a bug is, without its text, which may hold payload."""
    trace = bug.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
