"""From a push request to its answer: the one place that maps outcomes to statuses."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint
from shared.consumer.ports import Clock, FailureLog, Process, Publisher
from shared.contracts.dead_letter import FailureReason, function_dead_letter
from shared.contracts.envelope import Envelope, is_severe, parse_push
from shared.errors import MessageError, NotAPush, Outcome, PushTooLarge, Rejected, Transient, Unidentified
from shared.telemetry.delivery import Delivery
from shared.telemetry.log import HIGH_SEVERITY

ACKNOWLEDGED_STATUS = 204
BUG_STATUS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPolicy:
    """The part of a subscription's policy in the topology that its function applies."""

    topic: str
    dead_letter_topic: str | None = None
    dead_letters_rejections: bool = False
    """Whether a rejected message goes to the dead-letter topic at once instead of being redelivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The status for Pub/Sub, with the outcome and the failure that it stands for."""

    status: int
    outcome: Outcome
    failure_reason: FailureReason | None = None
    fingerprint: str = ""
    raised_at: str = ""
    """The module and line of a bug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushHandler:
    """Process each push, answer it and record the delivery."""

    process: Process
    subscriptions: Mapping[str, SubscriptionPolicy]
    failures: FailureLog
    publisher: Publisher
    clock: Clock
    record: Callable[[Delivery], None]

    async def handle(self, body: bytes) -> Answer:
        """Process the push in `body` and return its answer; raise nothing but a cancellation."""
        started = self.clock()
        envelope: Envelope | None = None
        answer: Answer | None = None
        try:
            envelope = parse_push(body)
            answer = await self._process(envelope)
        except NotAPush as error:
            answer = _refusal(error)
        finally:
            elapsed_ms = round((self.clock() - started).total_seconds() * 1000, 3)
            self.record(_delivery(envelope, answer, elapsed_ms))
        return answer

    def refuse(self, error: NotAPush | PushTooLarge | Unidentified) -> Answer:
        """Answer a request without an accepted body."""
        answer = _refusal(error)
        self.record(_delivery(None, answer, 0.0))
        return answer

    async def _process(self, envelope: Envelope) -> Answer:
        try:
            outcome = await self.process(envelope)
        except Exception as error:  # noqa: BLE001 - Pub/Sub redelivers the message after any exception
            return await self._answer_failure(envelope, error)
        return Answer(status=ACKNOWLEDGED_STATUS, outcome=outcome)

    async def _answer_failure(self, envelope: Envelope, error: Exception) -> Answer:
        """Record the failure; acknowledge the message only where it is a dead letter by now."""
        reason = explain_failure(error)
        fingerprint = delivery_fingerprint(envelope.subscription, envelope.publish_time, envelope.data)
        dead_lettered = isinstance(error, Rejected) and await self._dead_letter(envelope, reason)
        if not dead_lettered:
            await self._record_failure(envelope, reason, fingerprint)
        known = error if isinstance(error, MessageError) else None
        status = known.status if known else BUG_STATUS
        return Answer(
            status=ACKNOWLEDGED_STATUS if dead_lettered else status,
            outcome=known.outcome if known else Outcome.ERROR,
            failure_reason=reason,
            fingerprint=fingerprint,
            raised_at="" if known else _raised_at(error),
        )

    async def _record_failure(self, envelope: Envelope, reason: FailureReason, fingerprint: str) -> None:
        failure = DeliveryFailure(
            fingerprint=fingerprint,
            failure_reason=reason,
            attempts=envelope.delivery_attempt,
            at=self.clock(),
        )
        with suppress(Transient):  # the answer is the same with or without the record
            await self.failures.record(failure)

    async def _dead_letter(self, envelope: Envelope, reason: FailureReason) -> bool:
        """Publish a rejected message to its dead-letter topic, where its policy asks for it."""
        policy = self.subscriptions.get(envelope.subscription)
        if policy is None or policy.dead_letter_topic is None or not policy.dead_letters_rejections:
            return False
        dead_letter = function_dead_letter(
            envelope, reason, dead_letter_topic=policy.dead_letter_topic, original_topic=policy.topic
        )
        try:
            await self.publisher.publish([dead_letter])
        except Transient:
            return False
        return True


def explain_failure(error: Exception) -> FailureReason:
    """Derive the failure reason; a bug has its class only, because its text may hold payload."""
    if not isinstance(error, MessageError):
        return FailureReason(error_type="bug", slug=type(error).__name__)
    error_type = "transient" if isinstance(error, Transient) else str(error.outcome)
    return FailureReason(error_type=error_type, slug=error.slug, detail=str(error))


def _refusal(error: NotAPush | PushTooLarge | Unidentified) -> Answer:
    return Answer(status=error.status, outcome=error.outcome, failure_reason=explain_failure(error))


def _delivery(envelope: Envelope | None, answer: Answer | None, duration_ms: float) -> Delivery:
    fields: dict[str, Any] = {"duration_ms": duration_ms}
    if envelope is not None:
        fields |= {
            "subscription": envelope.subscription,
            "message_id": envelope.message_id,
            "correlation_id": envelope.correlation_id,
            "attempt": envelope.delivery_attempt,
        }
        if is_severe(envelope.attributes):
            fields["event_severity"] = HIGH_SEVERITY
    if answer is not None:
        fields |= {
            "outcome": answer.outcome,
            "status": answer.status,
            "fingerprint": answer.fingerprint,
            "raised_at": answer.raised_at,
        }
        if reason := answer.failure_reason:
            fields |= {"error_type": reason.error_type, "reason": reason.slug, "detail": reason.detail}
    return Delivery(**fields)


def _raised_at(bug: Exception) -> str:
    """Return the module and line that raised a bug, without its text, which may hold payload."""
    trace = bug.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
