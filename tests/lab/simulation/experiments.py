"""Experiments that no local machine can run: a cold start into a peak, an outage, and bad messages."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from tests.lab.load.series import per_second, percentiles, waiting
from tests.lab.simulation.cloud_run import Function
from tests.lab.simulation.run import deployed
from tests.lab.simulation.subscription import Log
from tests.lab.simulation.traffic import Traffic
from tests.lab.stack.relay.push_backoff import Reading, pause_by_count

OUTAGE_S = 600.0
AFTER_OUTAGE_S = 120.0
"""Time after the outage for which messages keep arriving."""

CUSTOMERS = 100_000


@dataclass(frozen=True)
class Peak:
    """A cold start into a steady peak.

    Attributes:
        reached: seconds until a full second is processed at the rate.
        caught_up: seconds until only messages of the last moments wait.
    """

    rate: float
    reached: int
    caught_up: int
    greatest_lag: int
    throughput: list[int]
    lag: list[int]


def peak(function: Function, rate: float, seconds: float) -> Peak:
    """Start messages at a rate at once, with only the warm instances."""
    log = deployed(Traffic(rate, seconds), function)
    spans = int(max(log.finished)) + 1
    done, lag = per_second(log.processed, spans), waiting(log.published, log.finished, spans)
    reached = next(second for second, count in enumerate(done) if count >= 0.98 * rate)
    worst = lag.index(max(lag))
    caught_up = next(second for second in range(worst, spans) if lag[second] <= 0.25 * rate)
    return Peak(rate, reached, caught_up, max(lag), done, lag)


@dataclass(frozen=True)
class Outage:
    """A time in which every push fails, at a steady rate of messages.

    Attributes:
        lag: waiting messages, by second.
        drained_after: seconds from its end until only messages of the last moments wait.
        dead_lettered: valid messages that used up their attempts.
        pushes_during: all pushes during the outage.
    """

    lag: list[int]
    greatest_lag: int
    drained_after: int
    dead_lettered: int
    pushes_during: int


def outage(function: Function, rate: float, duration_s: float = OUTAGE_S) -> Outage:
    """Fail every push for a time, then drain the backlog."""
    log = deployed(
        Traffic(rate, duration_s + AFTER_OUTAGE_S, customers=CUSTOMERS), function, outage=duration_s
    )
    spans = int(max(log.finished)) + 1
    lag = waiting(log.published, log.finished, spans)
    drained = next(second for second in range(int(duration_s), spans) if lag[second] <= 0.25 * rate)
    return Outage(
        lag, max(lag), drained - int(duration_s), log.good_dead_lettered, _pushes_before(log, duration_s)
    )


def _pushes_before(log: Log, moment: float) -> int:
    return bisect_right(log.pushed, moment)


@dataclass(frozen=True)
class Failing:
    """The effect of rejected and deferred messages on the good ones.

    Attributes:
        good_ms: latencies of good messages, in ms from publication to their end.
        longest_ms: the longest of them.
        in_time: share of the good messages that were processed while messages arrived, or a second later.
        refused: negative answers.
        dead_lettered_at_once: messages that the function dead-lettered.
    """

    good_ms: dict[str, float]
    longest_ms: float
    in_time: float
    refused: int
    dead_lettered_at_once: int


def failing(function: Function, traffic: Traffic, reading: Reading = pause_by_count) -> Failing:
    """Simulate traffic with failing messages and all instances of the function."""
    all_running = replace(function, min_instances=function.max_instances)
    log = deployed(traffic, all_running, until=20 * traffic.seconds, reading=reading)
    good = len(log.published) * (1 - traffic.rejected - traffic.deferred)
    in_time = sum(1 for at in log.good_ended if at <= traffic.seconds + 1)
    latencies_ms = [1000 * each for each in log.latencies]
    return Failing(
        good_ms=percentiles(latencies_ms),
        longest_ms=max(latencies_ms),
        in_time=round(in_time / good, 3),
        refused=len(log.refused),
        dead_lettered_at_once=len(log.dead_lettered_at_once),
    )
