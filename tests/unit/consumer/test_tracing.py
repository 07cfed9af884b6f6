"""Spans tell where a message's time went, within its publisher's trace, and never what it says."""

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.bootstrap.observability import Observability
from shared.consumer.tracing import Spans, sampled_tracer
from shared.contracts.envelope import Envelope
from shared.errors import Outcome
from shared.telemetry import trace_context
from shared.telemetry.message_metrics import MessageMetrics
from tests.fakes.publisher import MemoryPublisher
from tests.fakes.store import MemoryStore
from tests.messages import order
from tests.unit.consumer.processors import NOW, Bench, envelope

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = "CUST-123456"


class Traced:
    """A processor that is watched, and the spans it has ended."""

    def __init__(self, ratio: float) -> None:
        self._ended = InMemorySpanExporter()
        spans = Spans(sampled_tracer(ratio, SimpleSpanProcessor(self._ended)))
        self.watch = Observability(
            project="p", metrics=MessageMetrics({}), exporter=None, clock=lambda: NOW, spans=spans
        )
        bench = Bench(
            store=self.watch.store(MemoryStore()),  # type: ignore[arg-type]  # as good as the store within
            publisher=self.watch.publisher(MemoryPublisher()),  # type: ignore[arg-type]  # as above
        )
        self.process = self.watch.following(bench.processor.process)

    def ended(self) -> dict[str, ReadableSpan]:
        """Return the spans by name."""
        return {span.name: span for span in self._ended.get_finished_spans()}


def attributes(sampled: str) -> dict[str, str]:
    """Return a message's attributes with its publisher's trace."""
    return {"correlationId": "corr-1", "googclient_traceparent": f"00-{TRACE}-{SPAN}-{sampled}"}


async def test_a_message_has_children_for_what_it_waits_for() -> None:
    """Commit and publish lie within the message, which lies within its publisher's span."""
    traced = Traced(ratio=0.0)
    await traced.process(envelope(order(), attributes=attributes("01")))

    spans = traced.ended()
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


async def test_what_goes_out_continues_the_span() -> None:
    """An outgoing message names the message's own span as its parent."""
    traced = Traced(ratio=1.0)
    await traced.process(envelope(order(), attributes=attributes("01")))

    span = traced.ended()["message"]
    parent = f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert trace_context.outgoing_attributes() == {"googclient_traceparent": parent}


@pytest.mark.parametrize(("ratio", "sampled"), [(0.0, False), (1.0, True)])
async def test_the_ratio_decides_where_no_publisher_has(ratio: float, sampled: bool) -> None:  # noqa: FBT001 - a parameter
    """A trace that its publisher did not sample is sampled by the share."""
    traced = Traced(ratio)
    await traced.process(envelope(order(), attributes=attributes("00")))

    assert bool(traced.ended()) is sampled


async def test_a_bug_leaves_its_class_and_no_text() -> None:
    """A span of a failed message names the kind of error; the text may hold personal data."""
    traced = Traced(ratio=1.0)

    async def failing(delivered: Envelope) -> Outcome:
        raise ValueError(SECRET)

    with pytest.raises(ValueError, match=SECRET):
        await traced.watch.following(failing)(envelope(order()))

    span = traced.ended()["message"]
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert SECRET not in span.to_json()


def test_without_sampling_nothing_is_wrapped() -> None:
    """Where no trace is sampled, store and publisher are used as they are."""
    watch = Observability(project="p", metrics=MessageMetrics({}), exporter=None, clock=lambda: NOW)
    store, publisher = MemoryStore(), MemoryPublisher()

    assert watch.store(store) is store
    assert watch.publisher(publisher) is publisher
