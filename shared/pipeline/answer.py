"""From a push request to its answer: the one place that maps outcomes to statuses and tells of them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.errors import MessageError, Outcome, Rejected, Transient
from shared.idempotency import DeliveryFailure, delivery_fingerprint
from shared.messages.dead_letter import Cause, function_dead_letter
from shared.messages.envelope import Envelope, parse_push
from shared.pipeline.ports import Clock, FailureLog, Process, Publisher

ACKNOWLEDGED = 204
BUG = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPolicy:
    """What the topology says of a subscription, as far as its function needs to know."""

    topic: str
    dead_letter_topic: str | None = None
    dead_letters_rejections: bool = False
    """A rejected message goes straight to the dead-letter topic instead of being redelivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Answer push requests with a status."""

    process: Process
    subscriptions: Mapping[str, SubscriptionPolicy]
    failures: FailureLog
    publisher: Publisher
    clock: Clock
    log: Callable[[Mapping[str, Any]], None]

    async def answer(self, body: bytes) -> int:
        """Process the push in `body` and return the HTTP status that Pub/Sub is answered with."""
        started = self.clock()
        entry: dict[str, Any] = {}
        try:
            return await self._answer(body, entry)
        finally:
            entry["durationMs"] = round((self.clock() - started).total_seconds() * 1000, 3)
            self.log(entry)

    async def _answer(self, body: bytes, entry: dict[str, Any]) -> int:
        try:
            envelope = parse_push(body)
        except MessageError as error:
            return _told(entry, error, status=error.status)
        entry |= _headers(envelope)
        try:
            outcome = await self.process(envelope)
        except MessageError as error:
            return _told(entry, error, status=await self._failed(envelope, error))
        except Exception as bug:  # noqa: BLE001 - whatever it is, the message comes again
            entry |= {"raisedAt": _raised_at(bug)}
            await self._record(envelope, Cause(error_type="bug", reason=type(bug).__name__))
            return _told(entry, bug, status=BUG)
        entry |= {"outcome": outcome, "status": ACKNOWLEDGED}
        return ACKNOWLEDGED

    async def _failed(self, envelope: Envelope, error: MessageError) -> int:
        """Send a rejected message to its dead-letter topic where the policy says so, or let it come again."""
        policy = self.subscriptions.get(envelope.subscription)
        if isinstance(error, Rejected) and policy and policy.dead_letters_rejections:
            with suppress(Transient):
                await self._dead_letter(envelope, policy, error)
                return ACKNOWLEDGED
        await self._record(envelope, _cause(error))
        return error.status

    async def _dead_letter(self, envelope: Envelope, policy: SubscriptionPolicy, error: Rejected) -> None:
        letter = function_dead_letter(
            envelope,
            _cause(error),
            dead_letter_topic=str(policy.dead_letter_topic),
            original_topic=policy.topic,
        )
        await self.publisher.publish([letter])

    async def _record(self, envelope: Envelope, cause: Cause) -> None:
        with suppress(Transient):  # the answer is the same with or without the note
            await self.failures.record(
                DeliveryFailure(
                    fingerprint=delivery_fingerprint(
                        envelope.subscription, envelope.publish_time, envelope.data
                    ),
                    cause=cause,
                    attempts=envelope.delivery_attempt,
                    at=self.clock(),
                )
            )


def _cause(error: MessageError) -> Cause:
    kind = "transient" if isinstance(error, Transient) else str(error.outcome)
    return Cause(error_type=kind, reason=error.slug, detail=str(error))


def _headers(envelope: Envelope) -> dict[str, Any]:
    return {
        "subscription": envelope.subscription,
        "messageId": envelope.message_id,
        "correlationId": envelope.correlation_id,
        "attempt": envelope.delivery_attempt,
    }


def _told(entry: dict[str, Any], error: Exception, *, status: int) -> int:
    known = isinstance(error, MessageError)
    entry |= {
        "outcome": error.outcome if isinstance(error, MessageError) else Outcome.ERROR,
        "reason": error.slug if isinstance(error, MessageError) else type(error).__name__,
        "detail": str(error) if known else "",
        "status": status,
    }
    return status


def _raised_at(bug: Exception) -> str:
    """Say where a bug is, without its text, which may hold payload."""
    trace = bug.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
