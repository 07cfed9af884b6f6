"""The fields of a log line."""

import asyncio
import json
from typing import Any

import pytest

from shared.consumer.middleware import bind_context
from shared.contracts.envelope import Envelope
from shared.errors import Outcome
from shared.telemetry import log, trace_context
from shared.telemetry.delivery import Delivery
from tests.unit.consumer.processors import envelope

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
ATTRIBUTES = {"correlationId": "corr-1", "googclient_traceparent": PARENT}


async def process(delivered: Envelope) -> Outcome:
    """Write a line in the middle of processing."""
    log.write({"message": "half way"})
    return Outcome.PROCESSED


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the lines written so far, parsed."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_empty_fields_stay_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A line has the fields of its delivery that have a value, in camelCase."""
    log.log_delivery(Delivery(outcome=Outcome.PROCESSED, message_id="1001", attempt=1, duration_ms=0.5))

    assert lines(capsys) == [
        {
            "severity": "INFO",
            "message": "processed",
            "outcome": "processed",
            "messageId": "1001",
            "attempt": 1,
            "durationMs": 0.5,
        }
    ]


def test_a_delivery_has_no_field_for_a_payload() -> None:
    """Its fields are the only ones that a line about a delivery can have."""
    with pytest.raises(TypeError, match="customer_id"):
        Delivery(customer_id="CUST-1", duration_ms=0.5)  # type: ignore[call-arg]  # the point of this test


def test_a_cancelled_delivery_is_logged_without_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    """A delivery without an answer has a line with an empty message."""
    log.log_delivery(Delivery(subscription="a-sub", duration_ms=0.5))

    (line,) = lines(capsys)
    assert (line["severity"], line["message"], line.get("status")) == ("INFO", "", None)


@pytest.mark.parametrize(
    ("outcome", "event_severity", "severity"),
    [
        (Outcome.PROCESSED, "", "INFO"),
        (Outcome.PROCESSED, "HIGH", "WARNING"),
        (Outcome.DEFERRED, "", "NOTICE"),
        (Outcome.REJECTED, "", "WARNING"),
        (Outcome.ERROR, "", "ERROR"),
    ],
)
def test_severity_ranks_the_outcome(
    capsys: pytest.CaptureFixture[str], outcome: Outcome, event_severity: str, severity: str
) -> None:
    """An error ranks above a rejection, a rejection above a deferral, which passes without a person."""
    log.log_delivery(Delivery(outcome=outcome, event_severity=event_severity, duration_ms=0.5))

    assert lines(capsys)[0]["severity"] == severity


async def test_every_line_of_a_message_carries_its_context(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line written while a message is processed has its correlation id and its trace."""
    await bind_context("p")(process)(envelope({}, attributes=ATTRIBUTES, message_id="7"))

    (line,) = lines(capsys)
    assert line["logging.googleapis.com/labels"] == {"correlationId": "corr-1", "messageId": "7"}
    assert line["logging.googleapis.com/trace"] == f"projects/p/traces/{TRACE}"
    assert line["logging.googleapis.com/spanId"] == SPAN
    assert line["logging.googleapis.com/trace_sampled"] is True


async def test_messages_processed_together_keep_their_contexts(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of two simultaneous messages have the context of their own message."""

    async def slow(delivered: Envelope) -> Outcome:
        await asyncio.sleep(0)
        return await process(delivered)

    bound = bind_context("p")(slow)
    deliveries = [envelope({}, message_id=each, attributes={"correlationId": each}) for each in ("a", "b")]
    await asyncio.gather(*map(bound, deliveries))

    labels = [line["logging.googleapis.com/labels"] for line in lines(capsys)]
    assert labels == [{"correlationId": each, "messageId": each} for each in ("a", "b")]


async def test_a_message_without_a_trace_takes_that_of_its_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A message without its publisher's trace belongs to the trace of its push."""
    trace_context.set_current_trace(
        trace_context.parse_request_trace([(b"x-cloud-trace-context", f"{TRACE}/10;o=1".encode())])
    )
    await bind_context("p")(process)(envelope({}, attributes={}))

    assert lines(capsys)[0]["logging.googleapis.com/spanId"] == "000000000000000a"
    assert trace_context.trace_attributes() == {"googclient_traceparent": f"00-{TRACE}-000000000000000a-01"}


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
def test_a_malformed_traceparent_is_no_trace(text: str) -> None:
    """A malformed header or attribute is ignored and not sent on."""
    assert trace_context.parse_traceparent(text) is None
