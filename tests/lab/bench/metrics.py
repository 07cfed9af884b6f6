"""Measure the cost of metrics and the log line per message: `python -m tests.lab.bench.metrics`.

Prints one JSON object, in microseconds of processor time per message. With `--handler-us`, the handler's
total time from `make bench`, it also prints the share of that time.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.consumer.middleware import bind_context, record_ack_time, wrap
from shared.consumer.ports import Process
from shared.contracts.envelope import Envelope, parse_push
from shared.errors import Outcome
from shared.telemetry import log
from shared.telemetry.delivery import Delivery
from shared.telemetry.exporter import Exporter
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.metrics_data import MetricsData
from shared.telemetry.setup import Telemetry
from tests.messages import SUBSCRIPTION, TOPIC, order, push

MESSAGES = 2_000
ROUNDS = 15
DELIVERY = Delivery(
    outcome=Outcome.PROCESSED,
    status=204,
    subscription=SUBSCRIPTION,
    message_id="1001",
    correlation_id="corr-789",
    attempt=1,
    duration_ms=7.1,
)


def build_telemetry() -> Telemetry:
    """Return the telemetry of production, with exports that write nothing."""
    metrics = MessageMetrics({SUBSCRIPTION: TOPIC})
    exporter = Exporter(
        instruments=metrics.instruments,
        write=_discard,
        interval=timedelta(seconds=60),
        clock=lambda: datetime.now(UTC),
        on_error=lambda error: None,
    )
    return Telemetry(metrics=metrics, exporter=exporter)


def median_us(work: Callable[[], object]) -> float:
    """Return the median over rounds of the processor time of one call, in microseconds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(MESSAGES):
            work()
        rounds.append((time.process_time() - started) / MESSAGES * 1e6)
    return round(statistics.median(rounds), 2)


def costs(handler_us: float | None) -> dict[str, Any]:
    """Return the costs by part; discard the log lines."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        return asyncio.run(measure(handler_us))


async def measure(handler_us: float | None) -> dict[str, Any]:
    """Return the costs by part, and their share of the handler's time."""
    telemetry = build_telemetry()
    process = wrap(
        _nothing,
        [bind_context("p"), record_ack_time(telemetry.metrics, lambda: datetime.now(UTC))],
    )
    delivered = parse_push(push(order()))
    parts = {
        "metrics_us": median_us(lambda: telemetry.metrics.count_delivery(DELIVERY)),
        "log_line_us": median_us(lambda: log.log_delivery(DELIVERY)),
        "export_note_us": median_us(_notifying(telemetry)),
        "context_us": median_us(lambda: _drive(process, delivered)),
    }
    total = round(sum(parts.values()), 2)
    share = {} if handler_us is None else {"share_of_handler": round(total / handler_us, 4)}
    return {**parts, "total_us": total, **share}


def _notifying(telemetry: Telemetry) -> Callable[[], object]:
    assert telemetry.exporter is not None
    return telemetry.exporter.notify


def _drive(process: Process, delivered: Envelope) -> None:
    """Run a coroutine that never waits, to its end."""
    with contextlib.suppress(StopIteration):
        process(delivered).__await__().__next__()


async def _nothing(_: Envelope) -> Outcome:
    return Outcome.PROCESSED


async def _discard(data: MetricsData, timeout: float) -> None:  # noqa: ASYNC109 - the port's
    return None


def main() -> None:
    """Print the costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handler-us", type=float)
    print(json.dumps(costs(parser.parse_args().handler_us)))


if __name__ == "__main__":
    main()
