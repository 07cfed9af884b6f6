"""What no machine here can show: a cold start into a peak, an outage, and a share of bad messages."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from tests.lab.load.series import per_second, percentiles, waiting
from tests.lab.simulation.cloud_run import Function
from tests.lab.simulation.run import deployed
from tests.lab.simulation.subscription import Log
from tests.lab.simulation.traffic import Traffic

OUTAGE = 600.0
AFTER = 120.0
"""Seconds for which messages go on coming."""

CUSTOMERS = 100_000


@dataclass(frozen=True)
class Peak:
    """From cold to a steady peak.

    Attributes:
        reached: seconds until a whole second's messages are processed at the rate.
        caught_up: seconds until nothing waits that a second has not just brought.
    """

    rate: float
    reached: int
    caught_up: int
    greatest_lag: int
    throughput: list[int]
    lag: list[int]


def peak(function: Function, rate: float, seconds: float) -> Peak:
    """Let messages come at a rate from one moment to the next, with no instance but the warm ones."""
    log = deployed(Traffic(rate, seconds), function)
    spans = int(max(log.ended)) + 1
    done, lag = per_second(log.processed, spans), waiting(log.published, log.ended, spans)
    reached = next(second for second, count in enumerate(done) if count >= 0.98 * rate)
    worst = lag.index(max(lag))
    caught_up = next(second for second in range(worst, spans) if lag[second] <= 0.25 * rate)
    return Peak(rate, reached, caught_up, max(lag), done, lag)


@dataclass(frozen=True)
class Outage:
    """A time in which every push fails, under a steady rate that goes on.

    Attributes:
        lag: messages waiting, second by second.
        drained_after: seconds from its end until nothing waits that a moment has not just brought.
        dead_lettered: messages that used up their attempts, though nothing was wrong with them.
        pushes_meanwhile: all pushes while it lasted.
    """

    lag: list[int]
    greatest_lag: int
    drained_after: int
    dead_lettered: int
    pushes_meanwhile: int


def outage(function: Function, rate: float, lasts: float = OUTAGE) -> Outage:
    """Fail every push for a while; then see how long the backlog takes."""
    log = deployed(Traffic(rate, lasts + AFTER, customers=CUSTOMERS), function, outage=lasts)
    spans = int(max(log.ended)) + 1
    lag = waiting(log.published, log.ended, spans)
    drained = next(second for second in range(int(lasts), spans) if lag[second] <= 0.25 * rate)
    return Outage(lag, max(lag), drained - int(lasts), log.good_dead_lettered, _pushes_before(log, lasts))


def _pushes_before(log: Log, moment: float) -> int:
    return bisect_right(log.pushed, moment)


@dataclass(frozen=True)
class Rejections:
    """What a share of bad messages does to the good ones: their ms from publication to the answer."""

    on_reject: str
    rate: float
    share: float
    good_ms: dict[str, float]
    processed_in_time: float
    """Share of the good ones that were processed while messages still came."""


def rejections(function: Function, rate: float, share: float, on_reject: str, seconds: float) -> Rejections:
    """Let a share of the messages be refused each time they come."""
    traffic = Traffic(rate, seconds, rejected=share)
    log = deployed(traffic, replace(function, on_reject=on_reject), until=20 * seconds)
    in_time = sum(1 for at, valid in zip(log.processed, log.valid, strict=True) if valid and at <= seconds)
    good = len(log.published) - int(len(log.published) * share)
    return Rejections(
        on_reject, rate, share, percentiles([1000 * each for each in log.journeys]), round(in_time / good, 3)
    )
