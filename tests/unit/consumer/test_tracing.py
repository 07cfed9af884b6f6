"""Spans show where a message's time went, within its publisher's trace, without its payload."""

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.consumer.exception_alerts import ExceptionAlerts
from shared.consumer.middleware import consumer_middleware, wrap, wrap_publisher, wrap_store
from shared.consumer.ports import Process
from shared.contracts.envelope import Envelope
from shared.errors import Outcome
from shared.telemetry import trace_context
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.setup import Telemetry, sampling_tracer
from tests.fakes.publisher import MemoryPublisher
from tests.fakes.store import MemoryStore
from tests.messages import order
from tests.unit.consumer.processors import NOW, Bench, envelope

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = "CUST-123456"


class Traced:
    """A processor with its middleware, and its finished spans."""

    def __init__(self, ratio: float) -> None:
        self._finished = InMemorySpanExporter()
        tracer = sampling_tracer(ratio, SimpleSpanProcessor(self._finished))
        self._telemetry = Telemetry(metrics=MessageMetrics({}), tracer=tracer)
        bench = Bench(
            store=wrap_store(MemoryStore(), self._telemetry),  # type: ignore[arg-type]  # as good as the store within
            publisher=wrap_publisher(MemoryPublisher(), self._telemetry),  # type: ignore[arg-type]  # as above
        )
        self.process = self.wrapped(bench.processor.process)

    def wrapped(self, process: Process) -> Process:
        """Wrap a process in the middleware of consumers."""
        return wrap(process, consumer_middleware("p", {}, self._telemetry, lambda: NOW))

    def spans(self) -> dict[str, ReadableSpan]:
        """Return the spans by name."""
        return {span.name: span for span in self._finished.get_finished_spans()}


def attributes(sampled: str) -> dict[str, str]:
    """Return a message's attributes with its publisher's trace."""
    return {"correlationId": "corr-1", "googclient_traceparent": f"00-{TRACE}-{SPAN}-{sampled}"}


async def test_a_message_has_a_child_span_for_each_call() -> None:
    """Commit and publish lie within the message, which lies within its publisher's span."""
    traced = Traced(ratio=0.0)
    await traced.process(envelope(order(), attributes=attributes("01")))

    spans = traced.spans()
    message = spans["message"]
    assert spans.keys() == {"message", "commit", "publish"}
    assert message.parent is not None
    assert f"{message.parent.span_id:016x}" == SPAN
    assert {span.parent.span_id for name, span in spans.items() if name != "message" and span.parent} == {
        message.context.span_id
    }
    assert {f"{span.context.trace_id:032x}" for span in spans.values()} == {TRACE}
    assert message.attributes is not None
    assert message.attributes["outcome"] == "processed"


async def test_an_outgoing_message_continues_the_span() -> None:
    """An outgoing message names the message's own span as its parent."""
    traced = Traced(ratio=1.0)
    await traced.process(envelope(order(), attributes=attributes("01")))

    span = traced.spans()["message"]
    parent = f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert trace_context.trace_attributes() == {"googclient_traceparent": parent}


@pytest.mark.parametrize(("ratio", "sampled"), [(0.0, False), (1.0, True)])
async def test_the_ratio_decides_where_no_publisher_has(ratio: float, sampled: bool) -> None:  # noqa: FBT001 - a parameter
    """A trace that its publisher did not sample is sampled by the ratio."""
    traced = Traced(ratio)
    await traced.process(envelope(order(), attributes=attributes("00")))

    assert bool(traced.spans()) is sampled


async def test_a_bug_leaves_its_class_and_no_text() -> None:
    """A span of a failed message names the kind of error; the text may hold personal data."""
    traced = Traced(ratio=1.0)

    async def failing(delivered: Envelope) -> Outcome:
        raise ValueError(SECRET)

    with pytest.raises(ValueError, match=SECRET):
        await traced.wrapped(failing)(envelope(order()))

    span = traced.spans()["message"]
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert SECRET not in span.to_json()


def test_without_sampling_nothing_is_wrapped() -> None:
    """Where no trace is sampled, store and publisher have no spans."""
    telemetry = Telemetry(metrics=MessageMetrics({}))
    store, publisher = MemoryStore(), MemoryPublisher()

    assert wrap_store(store, telemetry) is store
    assert wrap_publisher(publisher, telemetry) == ExceptionAlerts(publisher)
