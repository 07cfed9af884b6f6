"""Run the load test: `python -m tests.load.steady`; writes load.json and load.html to `.reports`."""

import argparse
import asyncio
import sys
import time
import uuid
from contextlib import suppress
from typing import Any

from tests.load.chaos.wire import Wire
from tests.load.steady import report
from tests.load.steady.deliveries import Deliveries
from tests.load.steady.publishers import Schedule, publish
from tests.stack.errors import StackError
from tests.stack.paths import ROOT
from tests.stack.polling import until
from tests.stack.stack import Stack

SUBSCRIPTION = "order-create-sub"
FUNCTIONS = ("order_create",)
DRAIN = 120.0
"""Seconds to work off what is left when the publishers have ended."""


def arguments() -> argparse.Namespace:
    """Return the options; requirements 10.2 in full are `--rate 100 --minutes 60`."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.steady", description=__doc__)
    parser.add_argument("--publishers", type=int, default=10)
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second of each publisher")
    parser.add_argument("--size", type=int, default=5000, help="bytes of a message")
    parser.add_argument("--minutes", type=float, default=0.5)
    return parser.parse_args()


def main() -> int:
    """Return 0 where every message was processed, 1 where not."""
    options = arguments()
    try:
        numbers = asyncio.run(run(options))
    except StackError as error:
        print(f"load: {error}", file=sys.stderr)
        return 2
    behind = "; the publishers were the bottleneck" if numbers["published_late"] else ""
    print(
        f"load: {numbers['processed']} of {numbers['published']} messages processed at "
        f"{numbers['throughput']:.0f}/s; handler p99 {numbers['handler_ms'].get('p99')} ms, "
        f"publish to processed p99 {numbers['publish_to_processed_ms'].get('p99')} ms{behind}"
    )
    return int(numbers["processed"] < numbers["published"])


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Publish, watch, work off, and report."""
    deliveries = Deliveries(time.monotonic)
    lag: list[tuple[float, int]] = []
    stack = Stack(deliveries, project=f"load-{uuid.uuid4().hex[:8]}", only=FUNCTIONS)
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        watching = asyncio.create_task(_watch(stack, deliveries, lag))
        seconds = 60 * options.minutes
        schedule = await publish(wire, options.publishers, options.rate, seconds, options.size)
        with suppress(TimeoutError):
            await until(lambda: len(deliveries.processed_at) >= len(schedule.published_at), DRAIN)
        watching.cancel()
    return _report(options, schedule, deliveries, lag)


async def _watch(stack: Stack, deliveries: Deliveries, lag: list[tuple[float, int]]) -> None:
    for second in range(sys.maxsize):
        outstanding = stack.relay.counts()[SUBSCRIPTION].outstanding
        lag.append((time.monotonic(), outstanding))
        if second % 10 == 0:
            print(f"  {second:5} s: {len(deliveries.processed_at)} processed, {outstanding} waiting")
        await asyncio.sleep(1)


def _report(
    options: argparse.Namespace, schedule: Schedule, deliveries: Deliveries, lag: report.Lag
) -> dict[str, Any]:
    processed = deliveries.processed_at
    journeys = [
        1000 * (processed[each] - at) for each, at in schedule.published_at.items() if each in processed
    ]
    took = max(processed.values(), default=0.0) - min(schedule.published_at.values())
    numbers = {
        "asked": vars(options),
        "published": len(schedule.published_at),
        "published_late": schedule.late,
        "processed": len(journeys),
        "throughput": round(len(journeys) / took, 1) if journeys else 0.0,
        "outcomes": dict(deliveries.outcomes),
        "handler_ms": report.percentiles(deliveries.handler_ms),
        "publish_to_processed_ms": report.percentiles(journeys),
        "greatest_lag": max((each for _, each in lag), default=0),
    }
    latencies = {"handler": deliveries.handler_ms, "publish to processed": journeys}
    report.write(ROOT / ".reports", numbers, report.draw(latencies, [*processed.values()], lag))
    return numbers


if __name__ == "__main__":
    sys.exit(main())
