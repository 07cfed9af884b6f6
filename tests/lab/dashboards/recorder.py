"""Records a running stack: one point of each series in ten seconds, as Cloud Monitoring keeps them."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests.lab.dashboards import series, subscriptions
from tests.lab.dashboards.recording import Recording
from tests.lab.stack.relay import push
from tests.lab.stack.stack import Stack

INTERVAL_S = 10.0
"""Interval between two samples."""

SHOWN_SEVERITIES = ("NOTICE", "WARNING", "ERROR", "CRITICAL")
"""Severities of the dashboards' log panels."""

SHOWN_FIELDS = ("severity", "message", "subscription", "status", "attempt", "reason", "errorType", "attempts")


def select_points(points: Sequence[Any], last: Any | None) -> Iterator[Any]:
    """Yield the newest point after the last one, and every point that ends a silence.

    A point after a silence has the totals from before it: without that point the following increase would be
    lost.
    """
    later = [each for each in points if last is None or _seconds(each) > _seconds(last)]
    before = last
    for each in later:
        silence = before is None or _seconds(each) - _seconds(before) > INTERVAL_S
        if silence or each is later[-1]:
            yield each
        before = each


def _seconds(point: Any) -> float:
    return float(point.interval.end_time.ToDatetime(UTC).timestamp())


class Recorder:
    """Samples a stack while it runs."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._refusals = subscriptions.Refusals()
        self._last_points: dict[object, Any] = {}

    def sink(self, function: str, line: str) -> None:
        """Record a line that a function printed."""
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("severity") in SHOWN_SEVERITIES:
            shown = {name: entry[name] for name in SHOWN_FIELDS if name in entry}
            self._recording.lines.append((time.time(), function, shown))

    @contextmanager
    def counting_refusals(self) -> Iterator[None]:
        """Count refused pushes from the relay's log while the context lasts."""
        push.log.setLevel(logging.INFO)
        push.log.addHandler(self._refusals)
        try:
            yield
        finally:
            push.log.removeHandler(self._refusals)

    async def run(self, stack: Stack) -> None:
        """Sample the stack until cancelled."""
        while True:
            self.sample(stack, datetime.now(UTC))
            await asyncio.sleep(INTERVAL_S)

    def sample(self, stack: Stack, now: datetime) -> None:
        """Record the selected points of each series, and the relay's counts."""
        for key, points in [*stack.metrics.points.items()]:
            for each in select_points([*points], self._last_points.get(key)):
                self._last_points[key] = each
                self._recording.add(series.samples(key, each))
        snapshots = subscriptions.take_snapshots(stack.relay, self._refusals.counted)
        self._recording.add(subscriptions.samples(stack.project, snapshots, now))
