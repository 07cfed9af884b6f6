"""Spans of a message's way: loaded and made only where traces are sampled; else nothing here runs.

message
├── load       claim and state
├── commit     claim and changes
└── publish    outgoing events
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.consumer.ports import Process, Publisher, Store
from shared.contracts.envelope import Envelope
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.refs import Ref
from shared.errors import Outcome
from shared.telemetry.trace_context import TraceContext, current, follow

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span, Tracer


@dataclass(frozen=True, slots=True)
class Spans:
    """Make spans around what processes a message."""

    tracer: "Tracer"

    async def around(self, process: Process, envelope: Envelope) -> Outcome:
        """Process a message within a span of its own, a child of the trace it came with."""
        with _span(self.tracer, "message", _parent()) as span:
            span.set_attribute("messaging.message.id", envelope.message_id)
            span.set_attribute("messaging.destination.subscription.name", envelope.subscription)
            follow(_context(span))
            try:
                outcome = await process(envelope)
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise
            span.set_attribute("outcome", outcome)
            return outcome


@dataclass(frozen=True, slots=True)
class TracedStore:
    """A store whose calls have spans."""

    store: Store
    tracer: "Tracer"

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Load, within a span."""
        with _span(self.tracer, "load"):
            return await self.store.load(claim, refs)

    async def commit(self, claim: Claim, changes: Sequence[Change]) -> None:
        """Commit, within a span."""
        with _span(self.tracer, "commit"):
            await self.store.commit(claim, changes)

    def mark_published(self, claim: str) -> None:
        """Pass on what is off the path."""
        self.store.mark_published(claim)


@dataclass(frozen=True, slots=True)
class TracedPublisher:
    """A publisher whose calls have spans."""

    publisher: Publisher
    tracer: "Tracer"

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish, within a span."""
        with _span(self.tracer, "publish"):
            await self.publisher.publish(messages)


def sampled_tracer(ratio: float, processor: "SpanProcessor") -> "Tracer":
    """Make a tracer that samples a share of all messages, and those whose publisher sampled them."""
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - only where traces are sampled
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415 - as above

    share = TraceIdRatioBased(ratio)
    # The platform marks most of its requests as not sampled: that is its choice, not the publisher's.
    provider = TracerProvider(sampler=ParentBased(share, remote_parent_not_sampled=share))
    provider.add_span_processor(processor)
    return provider.get_tracer("order-events")


def cloud_trace(project: str) -> "SpanProcessor":
    """Export spans to Cloud Trace, in batches."""
    from opentelemetry.exporter.cloud_trace import CloudTraceSpanExporter  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

    return BatchSpanProcessor(CloudTraceSpanExporter(project_id=project))  # type: ignore[no-untyped-call]  # published without types


def _span(tracer: "Tracer", name: str, context: "Context | None" = None) -> "AbstractContextManager[Span]":
    # An exception's text may hold payload: a span tells its class only.
    return tracer.start_as_current_span(
        name, context=context, record_exception=False, set_status_on_exception=False
    )


def _parent() -> "Context | None":
    from opentelemetry import trace  # noqa: PLC0415 - as above

    followed = current()
    if followed is None:
        return None
    parent = trace.SpanContext(
        int(followed.trace_id, 16),
        int(followed.span_id, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(followed.sampled),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def _context(span: "Span") -> TraceContext:
    told = span.get_span_context()
    return TraceContext(f"{told.trace_id:032x}", f"{told.span_id:016x}", told.trace_flags.sampled)
