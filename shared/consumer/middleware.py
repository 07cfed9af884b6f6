"""What wraps the handling of every message, in one place; the outermost comes first.

    PushHandler.handle        parses the push; answers, logs and counts the delivery
    └── bind_context          puts correlation id and trace on every log line and outgoing message
        └── record_ack_time   measures the time from publication to the end of processing
            └── trace_message         adds a span, where traces are sampled
                └── require_project       rejects a subscription of another project
                    └── require_producer      rejects a source that its topic does not list (consumers)
                        └── limit_starts          starts few deliveries in one turn of the loop (consumers)
                            └── Processor.process, or the dead-letter handler's

A consumer's store and publisher are wrapped too. Each of their calls has a span where traces are sampled.
The publisher logs an alert for each exception of an order (`exception_alerts`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from shared.consumer.exception_alerts import ExceptionAlerts
from shared.consumer.ports import Clock, Process, Publisher, Store
from shared.consumer.start_limiter import limit_starts
from shared.consumer.tracing import TracedPublisher, TracedStore, trace_message
from shared.contracts.envelope import Envelope
from shared.contracts.provenance import check_source
from shared.errors import Outcome, UnknownSubscription
from shared.telemetry import log, trace_context
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.setup import Telemetry

Middleware = Callable[[Process], Process]
"""Wraps a process in another one."""

Producers = Mapping[str, Collection[str]]
"""The sources that each subscription accepts; none where it accepts every source."""


def common_middleware(project: str, telemetry: Telemetry, clock: Clock) -> list[Middleware]:
    """List the middleware of every function that takes pushes, outermost first."""
    return [
        bind_context(project),
        record_ack_time(telemetry.metrics, clock),
        *([trace_message(telemetry.tracer)] if telemetry.tracer else []),
        require_project(project),
    ]


def consumer_middleware(
    project: str, producers: Producers, telemetry: Telemetry, clock: Clock
) -> list[Middleware]:
    """List the middleware of every consumer, outermost first."""
    return [*common_middleware(project, telemetry, clock), require_producer(producers), limit_starts]


def wrap(process: Process, middleware: Iterable[Middleware]) -> Process:
    """Wrap a process in middleware, outermost first."""
    for each in reversed([*middleware]):
        process = each(process)
    return process


def wrap_store(store: Store, telemetry: Telemetry) -> Store:
    """Add spans to a store's calls, where traces are sampled."""
    return TracedStore(store, telemetry.tracer) if telemetry.tracer else store


def wrap_publisher(publisher: Publisher, telemetry: Telemetry) -> Publisher:
    """Add alerts to a publisher, and spans where traces are sampled."""
    traced = TracedPublisher(publisher, telemetry.tracer) if telemetry.tracer else publisher
    return ExceptionAlerts(traced)


def bind_context(project: str) -> Middleware:
    """Bind a message's correlation id and trace while it is processed."""

    def middleware(process: Process) -> Process:
        async def process_in_context(envelope: Envelope) -> Outcome:
            publisher_trace = trace_context.parse_message_trace(envelope.attributes)
            trace_context.set_current_trace(publisher_trace or trace_context.current_trace())
            log.bind_context(_log_context(project, envelope))
            return await process(envelope)

        return process_in_context

    return middleware


def record_ack_time(metrics: MessageMetrics, clock: Clock) -> Middleware:
    """Measure how long after its publication a message is processed."""

    def middleware(process: Process) -> Process:
        async def process_and_measure(envelope: Envelope) -> Outcome:
            outcome = await process(envelope)
            age = clock() - envelope.publish_time
            metrics.record_ack_time(envelope.subscription, age.total_seconds() * 1000)
            return outcome

        return process_and_measure

    return middleware


def require_project(project: str) -> Middleware:
    """Reject pushes of another project: its subscriptions may have the same short names as ours."""

    def middleware(process: Process) -> Process:
        async def process_own(envelope: Envelope) -> Outcome:
            if envelope.project != project:
                raise UnknownSubscription("subscription: does not belong to this project")
            return await process(envelope)

        return process_own

    return middleware


def require_producer(producers: Producers) -> Middleware:
    """Reject a message that names a source which its topic does not list; one without a source passes."""

    def middleware(process: Process) -> Process:
        async def process_known(envelope: Envelope) -> Outcome:
            check_source(envelope.attributes, producers.get(envelope.subscription, ()))
            return await process(envelope)

        return process_known

    return middleware


def _log_context(project: str, envelope: Envelope) -> dict[str, Any]:
    context: dict[str, Any] = {
        "logging.googleapis.com/labels": {
            "correlationId": envelope.correlation_id,
            "messageId": envelope.message_id,
        }
    }
    if trace := trace_context.current_trace():
        context["logging.googleapis.com/trace"] = f"projects/{project}/traces/{trace.trace_id}"
        context["logging.googleapis.com/spanId"] = trace.span_id
        context["logging.googleapis.com/trace_sampled"] = trace.sampled
    return context
