"""Watches the messages of one instance with what its settings name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from shared.consumer.ports import Clock, Process, Publisher, Store
from shared.consumer.tracing import Spans, TracedPublisher, TracedStore, cloud_trace, sampled_tracer
from shared.contracts.envelope import Envelope
from shared.errors import Outcome
from shared.failed_messages.dead_letter_handler import Reports
from shared.failed_messages.stored_dead_letter import FailedMessage
from shared.gcp.channel import open_channel
from shared.settings import Settings
from shared.telemetry import log, trace_context
from shared.telemetry.exporter import Exporter
from shared.telemetry.instance import Instance
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.monitoring_client import MonitoringClient
from shared.telemetry.termination import end_in_order

DEAD_LETTERS = "-dlq"
"""How the name of a dead-letter topic differs from its topic's (requirements 6.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observability:
    """Watch the messages of one instance."""

    project: str
    metrics: MessageMetrics
    exporter: Exporter | None
    clock: Clock
    spans: Spans | None = None
    """None where no trace is sampled: then nothing is wrapped."""

    def answered(self, entry: Mapping[str, Any]) -> None:
        """Tell of one delivery, once it has its answer."""
        self.metrics.answered(entry)
        log.log(entry)
        if self.exporter is not None:
            self.exporter.touch()

    def following(self, process: Process) -> Process:
        """Make a process that works within its message's context: correlation id and trace."""

        async def process_in_context(envelope: Envelope) -> Outcome:
            trace_context.follow(trace_context.of_message(envelope.attributes) or trace_context.current())
            log.bind(self._context(envelope))
            outcome = await self._spanned(process, envelope)
            after = self.clock() - envelope.publish_time
            self.metrics.acknowledged(envelope.subscription, after.total_seconds() * 1000)
            return outcome

        return process_in_context

    def store(self, store: Store) -> Store:
        """Make a store whose calls are seen."""
        return TracedStore(store, self.spans.tracer) if self.spans else store

    def publisher(self, publisher: Publisher) -> Publisher:
        """Make a publisher whose calls are seen."""
        return TracedPublisher(publisher, self.spans.tracer) if self.spans else publisher

    def counting(self, reports: Reports) -> Reports:
        """Make reports that count the dead letters they tell of."""
        return _CountedReports(reports, self.metrics)

    async def _spanned(self, process: Process, envelope: Envelope) -> Outcome:
        return await (self.spans.around(process, envelope) if self.spans else process(envelope))

    def _context(self, envelope: Envelope) -> dict[str, Any]:
        context: dict[str, Any] = {
            "logging.googleapis.com/labels": {
                "correlationId": envelope.correlation_id,
                "messageId": envelope.message_id,
            }
        }
        if trace := trace_context.current():
            context["logging.googleapis.com/trace"] = f"projects/{self.project}/traces/{trace.trace_id}"
            context["logging.googleapis.com/spanId"] = trace.span_id
            context["logging.googleapis.com/trace_sampled"] = trace.sampled
        return context


@dataclass(frozen=True, slots=True)
class _CountedReports:
    reports: Reports
    metrics: MessageMetrics

    async def tell(self, failed: FailedMessage) -> None:
        self.metrics.dead_lettered(failed.letter.topic, failed.failure_reason.error_type)
        await self.reports.tell(failed)


def observe(settings: Settings, clock: Clock) -> Observability:
    """Watch with what the settings name; within the running event loop."""
    topics = {name: each.topic for name, each in settings.subscriptions.items()}
    given_up = frozenset(
        each.removesuffix(DEAD_LETTERS) for each in topics.values() if each.endswith(DEAD_LETTERS)
    )
    metrics = MessageMetrics(topics, given_up)
    return Observability(
        project=settings.project,
        metrics=metrics,
        exporter=_exporter(settings, metrics, clock),
        clock=clock,
        spans=_spans(settings),
    )


def _spans(settings: Settings) -> Spans | None:
    if settings.emulated or not settings.trace_sample_ratio:
        return None
    return Spans(sampled_tracer(settings.trace_sample_ratio, cloud_trace(settings.project)))


def _exporter(settings: Settings, metrics: MessageMetrics, clock: Clock) -> Exporter | None:
    if settings.emulated and settings.monitoring_emulator is None:
        return None
    end_in_order()
    return Exporter(
        instruments=metrics.instruments,
        write=_client(settings, clock).write,
        interval=timedelta(seconds=settings.metrics_interval_seconds),
        clock=clock,
        complain=_complain,
    )


def _client(settings: Settings, clock: Clock) -> MonitoringClient:
    instance = Instance(
        project=settings.project,
        location=settings.location,
        job=settings.service,
        task_id=uuid4().hex,
        # The first point must end after its series begins.
        started=clock() - timedelta(milliseconds=1),
    )
    return MonitoringClient(
        lambda: open_channel(settings.monitoring_emulator, "monitoring.googleapis.com"), instance
    )


def _complain(error: Exception) -> None:
    """Say that an export failed; by the kind of error, because a service's own text may quote the request."""
    code = getattr(error, "code", None)
    reason = code().name if callable(code) else type(error).__name__
    log.write({"severity": "WARNING", "message": "metrics were not exported", "reason": reason})
