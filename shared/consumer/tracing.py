"""Spans of a message: this runs only where traces are sampled.

message
├── load       claim and state
├── commit     claim and changes
└── publish    outgoing events
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.consumer.ports import Process, Publisher, Store
from shared.contracts.envelope import Envelope
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.refs import Ref
from shared.errors import Outcome
from shared.telemetry.trace_context import TraceContext, current_trace, set_current_trace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer


def trace_message(tracer: "Tracer") -> Callable[[Process], Process]:
    """Process each message within its own span, a child of the trace that it arrived with."""

    def middleware(process: Process) -> Process:
        async def process_in_span(envelope: Envelope) -> Outcome:
            with _start_span(tracer, "message", _parent_context()) as span:
                span.set_attribute("messaging.message.id", envelope.message_id)
                span.set_attribute("messaging.destination.subscription.name", envelope.subscription)
                set_current_trace(_trace_context(span))
                try:
                    outcome = await process(envelope)
                except Exception as error:
                    span.set_attribute("error.type", type(error).__name__)
                    raise
                span.set_attribute("outcome", outcome)
                return outcome

        return process_in_span

    return middleware


@dataclass(frozen=True, slots=True)
class TracedStore:
    """A store with a span around each call."""

    store: Store
    tracer: "Tracer"

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Load within a span."""
        with _start_span(self.tracer, "load"):
            return await self.store.load(claim, refs)

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        """Commit within a span."""
        with _start_span(self.tracer, "commit"):
            await self.store.commit(claim, changes, removed)

    def mark_published(self, claim: str) -> None:
        """Mark without a span: the mark is written after the answer."""
        self.store.mark_published(claim)


@dataclass(frozen=True, slots=True)
class TracedPublisher:
    """A publisher with a span around each call."""

    publisher: Publisher
    tracer: "Tracer"

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish within a span."""
        with _start_span(self.tracer, "publish"):
            await self.publisher.publish(messages)


def _start_span(
    tracer: "Tracer", name: str, context: "Context | None" = None
) -> "AbstractContextManager[Span]":
    # An exception's text may hold payload, so a span records the exception's class only.
    return tracer.start_as_current_span(
        name, context=context, record_exception=False, set_status_on_exception=False
    )


def _parent_context() -> "Context | None":
    from opentelemetry import trace  # noqa: PLC0415 - loaded only where traces are sampled

    current = current_trace()
    if current is None:
        return None
    parent = trace.SpanContext(
        int(current.trace_id, 16),
        int(current.span_id, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(current.sampled),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def _trace_context(span: "Span") -> TraceContext:
    context = span.get_span_context()
    return TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)
