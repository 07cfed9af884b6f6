"""The telemetry of one instance, built from its settings."""

import signal
import threading
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING
from uuid import uuid4

from shared.contracts.dead_letter import DEAD_LETTER_SUFFIX
from shared.gcp.channel import open_channel
from shared.settings import Settings
from shared.telemetry import log
from shared.telemetry.delivery import Delivery
from shared.telemetry.exporter import Clock, Exporter
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.metrics_data import Instance
from shared.telemetry.monitoring_client import MonitoringClient

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Tracer


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """Record the deliveries of one instance."""

    metrics: MessageMetrics
    exporter: Exporter | None = None
    tracer: "Tracer | None" = None
    """None where no trace is sampled."""

    def record(self, delivery: Delivery) -> None:
        """Count and log one delivery, and schedule an export."""
        self.metrics.count_delivery(delivery)
        log.log_delivery(delivery)
        if self.exporter is not None:
            self.exporter.notify()


def build_telemetry(settings: Settings, clock: Clock) -> Telemetry:
    """Build the telemetry that the settings ask for; call this within the running event loop."""
    topics = {name: each.topic for name, each in settings.subscriptions.items()}
    dead_letter_sources = frozenset(
        topic.removesuffix(DEAD_LETTER_SUFFIX)
        for topic in topics.values()
        if topic.endswith(DEAD_LETTER_SUFFIX)
    )
    metrics = MessageMetrics(topics, dead_letter_sources)
    return Telemetry(
        metrics=metrics, exporter=_build_exporter(settings, metrics, clock), tracer=_build_tracer(settings)
    )


def sampling_tracer(ratio: float, processor: "SpanProcessor") -> "Tracer":
    """Build a tracer that samples this share of messages, and every message that its publisher sampled."""
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - loaded only where traces are sampled
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415 - as above

    share = TraceIdRatioBased(ratio)
    # The platform marks most of its requests as not sampled; that is not the publisher's choice.
    provider = TracerProvider(sampler=ParentBased(share, remote_parent_not_sampled=share))
    provider.add_span_processor(processor)
    return provider.get_tracer("order-events")


def _build_tracer(settings: Settings) -> "Tracer | None":
    if settings.emulated or not settings.trace_sample_ratio:
        return None
    from opentelemetry.exporter.cloud_trace import CloudTraceSpanExporter  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

    exporter = CloudTraceSpanExporter(project_id=settings.project)  # type: ignore[no-untyped-call]  # untyped library
    return sampling_tracer(settings.trace_sample_ratio, BatchSpanProcessor(exporter))


def _build_exporter(settings: Settings, metrics: MessageMetrics, clock: Clock) -> Exporter | None:
    if settings.emulated and settings.monitoring_emulator is None:
        return None
    _end_event_loop_on_sigterm()
    instance = Instance(
        project=settings.project,
        location=settings.location,
        job=settings.service,
        task_id=uuid4().hex,
        # The first point must end after its series starts.
        started=clock() - timedelta(milliseconds=1),
    )
    client = MonitoringClient(
        lambda: open_channel(settings.monitoring_emulator, "monitoring.googleapis.com"), instance
    )
    return Exporter(
        instruments=metrics.instruments,
        write=client.write,
        interval=timedelta(seconds=settings.metrics_interval_seconds),
        clock=clock,
        on_error=_log_export_error,
    )


def _log_export_error(error: Exception) -> None:
    """Log the kind of error only: a service's own text may quote the request."""
    code = getattr(error, "code", None)
    reason = code().name if callable(code) else type(error).__name__
    log.write({"severity": "WARNING", "message": "metrics were not exported", "reason": reason})


def _end_event_loop_on_sigterm() -> None:
    """Block the server's second SIGTERM, so that the event loop ends before the process does.

    The server answers SIGTERM by finishing its requests, then raises the signal again with the default
    action, which would kill the process at once. While that one is blocked, the loop ends, cancels its
    waiting tasks, which export the rest, and the process exits. The platform still has SIGKILL.

    Does nothing outside the main thread, where no signal arrives.
    """
    server_handler = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(server_handler):
        return

    def handle_and_block(number: int, frame: FrameType | None) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        server_handler(number, frame)

    signal.signal(signal.SIGTERM, handle_and_block)
