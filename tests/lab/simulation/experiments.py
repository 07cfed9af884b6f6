"""Experiments that no local machine can run: a cold start into a peak, an outage, and bad messages."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from tests.lab.load.series import per_second, percentiles, waiting
from tests.lab.simulation.cloud_run import Function
from tests.lab.simulation.run import deployed
from tests.lab.simulation.subscription import Log
from tests.lab.simulation.traffic import Traffic

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
        lag, max(lag), drained - int(duration_s), log.valid_dead_lettered, _pushes_before(log, duration_s)
    )


def _pushes_before(log: Log, moment: float) -> int:
    return bisect_right(log.pushed, moment)


@dataclass(frozen=True)
class Rejections:
    """The effect of bad messages on the valid ones; latencies in ms from publication to the answer."""

    on_reject: str
    rate: float
    share: float
    valid_ms: dict[str, float]
    processed_in_time: float
    """Share of the valid messages that were processed while messages still arrived."""


def rejections(function: Function, rate: float, share: float, on_reject: str, seconds: float) -> Rejections:
    """Reject a share of the messages at each of their deliveries."""
    traffic = Traffic(rate, seconds, rejected=share)
    log = deployed(traffic, replace(function, on_reject=on_reject), until=20 * seconds)
    in_time = sum(1 for at, valid in zip(log.processed, log.valid, strict=True) if valid and at <= seconds)
    valid = len(log.published) - int(len(log.published) * share)
    return Rejections(
        on_reject,
        rate,
        share,
        percentiles([1000 * each for each in log.latencies]),
        round(in_time / valid, 3),
    )
