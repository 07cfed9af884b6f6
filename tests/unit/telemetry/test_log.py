"""What a line of the log holds, and what it never does."""

import asyncio
import json
from typing import Any

import pytest

from shared.bootstrap.observability import Observability
from shared.contracts.envelope import Envelope
from shared.errors import Outcome
from shared.telemetry import log, trace_context
from shared.telemetry.message_metrics import MessageMetrics
from tests.unit.consumer.processors import NOW, envelope

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
ATTRIBUTES = {"correlationId": "corr-1", "googclient_traceparent": PARENT}


def watch() -> Observability:
    """Return what watches messages, without an exporter."""
    return Observability(project="p", metrics=MessageMetrics({}), exporter=None, clock=lambda: NOW)


async def process(delivered: Envelope) -> Outcome:
    """Write a line in the middle of processing, as any code may."""
    log.write({"message": "half way"})
    return Outcome.PROCESSED


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was written, each line parsed."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_only_listed_fields_get_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A field nobody put on the list stays out, and so do empty ones."""
    log.log({"outcome": "processed", "customerId": "CUST-1", "reason": "", "attempt": 1})

    assert lines(capsys) == [
        {"severity": "INFO", "message": "processed", "outcome": "processed", "attempt": 1}
    ]


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        ({"outcome": "processed"}, "INFO"),
        ({"outcome": "processed", "eventSeverity": "HIGH"}, "WARNING"),
        ({"outcome": "deferred"}, "NOTICE"),
        ({"outcome": "rejected"}, "WARNING"),
        ({"outcome": "error"}, "ERROR"),
    ],
)
def test_severity_ranks_the_outcome(
    capsys: pytest.CaptureFixture[str], entry: dict[str, Any], severity: str
) -> None:
    """An error ranks above a rejection, a rejection above what will come again by itself."""
    log.log(entry)

    assert lines(capsys)[0]["severity"] == severity


async def test_every_line_of_a_message_carries_its_context(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines written anywhere while a message is processed name its correlation and its trace."""
    await watch().following(process)(envelope({}, attributes=ATTRIBUTES, message_id="7"))

    (line,) = lines(capsys)
    assert line["logging.googleapis.com/labels"] == {"correlationId": "corr-1", "messageId": "7"}
    assert line["logging.googleapis.com/trace"] == f"projects/p/traces/{TRACE}"
    assert line["logging.googleapis.com/spanId"] == SPAN
    assert line["logging.googleapis.com/trace_sampled"] is True


async def test_messages_processed_together_keep_their_contexts(capsys: pytest.CaptureFixture[str]) -> None:
    """Two messages in one instance at once do not mix their lines up."""

    async def slow(delivered: Envelope) -> Outcome:
        await asyncio.sleep(0)
        return await process(delivered)

    following = watch().following(slow)
    deliveries = [envelope({}, message_id=each, attributes={"correlationId": each}) for each in ("a", "b")]
    await asyncio.gather(*map(following, deliveries))

    told = [line["logging.googleapis.com/labels"] for line in lines(capsys)]
    assert told == [{"correlationId": each, "messageId": each} for each in ("a", "b")]


async def test_the_request_gives_the_trace_where_the_message_has_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a trace of its publisher a message belongs to the trace of its push."""
    trace_context.follow(trace_context.of_request([(b"x-cloud-trace-context", f"{TRACE}/10;o=1".encode())]))
    await watch().following(process)(envelope({}, attributes={}))

    assert lines(capsys)[0]["logging.googleapis.com/spanId"] == "000000000000000a"
    assert trace_context.outgoing_attributes() == {
        "googclient_traceparent": f"00-{TRACE}-000000000000000a-01"
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"{PARENT}\n",
    ],
)
def test_what_is_no_traceparent_is_no_trace(text: str) -> None:
    """A malformed header or attribute is passed over, and passed on to nobody."""
    assert trace_context.parse_traceparent(text) is None
