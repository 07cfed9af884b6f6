"""Records a running stack: of each series a point in ten seconds, as Cloud Monitoring keeps them."""

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

EVERY = 10.0
"""Seconds between two looks."""

LOGGED = ("NOTICE", "WARNING", "ERROR", "CRITICAL")
"""What the dashboards' log panels show: severity>=NOTICE."""

SHOWN = ("severity", "message", "subscription", "status", "attempt", "reason", "errorType", "attempts")


def kept(points: Sequence[Any], taken: Any | None) -> Iterator[Any]:
    """Yield, of the points after the one taken last, the newest, and each that ends a silence.

    That one has the totals from before the silence: without it the rise after it would be lost.
    """
    later = [each for each in points if taken is None or _seconds(each) > _seconds(taken)]
    before = taken
    for each in later:
        silence = before is None or _seconds(each) - _seconds(before) > EVERY
        if silence or each is later[-1]:
            yield each
        before = each


def _seconds(point: Any) -> float:
    return float(point.interval.end_time.ToDatetime(UTC).timestamp())


class Recorder:
    """Look at a stack while the context of `listening` lasts."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._refusals = subscriptions.Refusals()
        self._taken: dict[object, Any] = {}

    def sink(self, function: str, line: str) -> None:
        """Take a line that a function printed."""
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("severity") in LOGGED:
            shown = {name: entry[name] for name in SHOWN if name in entry}
            self._recording.lines.append((time.time(), function, shown))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear from the relay what becomes of pushes."""
        push.log.setLevel(logging.INFO)
        push.log.addHandler(self._refusals)
        try:
            yield
        finally:
            push.log.removeHandler(self._refusals)

    async def run(self, stack: Stack) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look(stack, datetime.now(UTC))
            await asyncio.sleep(EVERY)

    def look(self, stack: Stack, now: datetime) -> None:
        """Take the points of each series that are worth keeping, and the relay's counts."""
        for key, points in [*stack.metrics.points.items()]:
            for each in kept([*points], self._taken.get(key)):
                self._taken[key] = each
                self._recording.add(series.samples(key, each))
        looked = subscriptions.looks(stack.relay, self._refusals.counted)
        self._recording.add(subscriptions.samples(stack.project, looked, now))
