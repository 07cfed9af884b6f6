"""From a push request to its answer: the one place that maps outcomes to statuses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.consumer.failure_handler import FailureHandler
from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint
from shared.consumer.ports import Clock, Process
from shared.contracts.dead_letter import FailureReason
from shared.contracts.envelope import Envelope, is_severe, parse_push
from shared.contracts.provenance import SOURCE, VERSION, to_loggable_name
from shared.errors import (
    ErrorType,
    MessageError,
    NotAPush,
    Outcome,
    Overloaded,
    PushTooLarge,
    Transient,
    Unidentified,
)
from shared.telemetry.delivery import Delivery
from shared.telemetry.log import HIGH_SEVERITY

ACKNOWLEDGED_STATUS = 204
BUG_STATUS = 500

Refusal = NotAPush | PushTooLarge | Unidentified | Overloaded
"""An error of a request before its message is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The status for Pub/Sub, with the outcome and the failure behind it."""

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
    failure_handler: FailureHandler
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
            answer = _refusal_answer(error)
        finally:
            elapsed_ms = round((self.clock() - started).total_seconds() * 1000, 3)
            self.record(_delivery(envelope, answer, elapsed_ms))
        return answer

    def refuse(self, error: Refusal) -> Answer:
        """Answer a request without an accepted body."""
        answer = _refusal_answer(error)
        self.record(_delivery(None, answer, 0.0))
        return answer

    async def _process(self, envelope: Envelope) -> Answer:
        try:
            outcome = await self.process(envelope)
        except Exception as error:  # noqa: BLE001 - Pub/Sub redelivers the message after any exception
            return await self._answer_failure(envelope, error)
        return Answer(status=ACKNOWLEDGED_STATUS, outcome=outcome)

    async def _answer_failure(self, envelope: Envelope, error: Exception) -> Answer:
        """Handle the failure; acknowledge the message only where it is a dead letter now."""
        failure = DeliveryFailure(
            fingerprint=delivery_fingerprint(
                envelope.subscription, envelope.publish_time, envelope.data, envelope.attributes
            ),
            failure_reason=explain_failure(error),
            attempts=envelope.delivery_attempt,
            at=self.clock(),
            message_id=envelope.message_id,
        )
        dead_lettered = await self.failure_handler.handle(envelope, error, failure)
        known = error if isinstance(error, MessageError) else None
        status = known.status if known else BUG_STATUS
        return Answer(
            status=ACKNOWLEDGED_STATUS if dead_lettered else status,
            outcome=known.outcome if known else Outcome.ERROR,
            failure_reason=failure.failure_reason,
            fingerprint=failure.fingerprint,
            raised_at="" if known else _locate_bug(error),
        )


def explain_failure(error: Exception) -> FailureReason:
    """Derive the failure reason; a bug has its class only, because its text may hold payload."""
    if not isinstance(error, MessageError):
        return FailureReason(error_type=ErrorType.BUG, slug=type(error).__name__)
    error_type = ErrorType.TRANSIENT if isinstance(error, Transient) else str(error.outcome)
    return FailureReason(error_type=error_type, slug=error.slug, detail=str(error))


def _refusal_answer(error: Refusal) -> Answer:
    return Answer(status=error.status, outcome=error.outcome, failure_reason=explain_failure(error))


def _delivery(envelope: Envelope | None, answer: Answer | None, duration_ms: float) -> Delivery:
    fields: dict[str, Any] = {"duration_ms": duration_ms}
    if envelope is not None:
        fields |= {
            "subscription": envelope.subscription,
            "message_id": envelope.message_id,
            "correlation_id": envelope.correlation_id,
            "source": to_loggable_name(envelope.attributes.get(SOURCE)),
            "version": to_loggable_name(envelope.attributes.get(VERSION)),
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


def _locate_bug(bug: Exception) -> str:
    """Return the module and line that raised a bug, without its text, which may hold payload."""
    trace = bug.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
