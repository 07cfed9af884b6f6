"""The simulation of push delivery keeps the rules it simulates, and reproduces what was measured."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
import simpy

from tests.lab.simulation.cloud_run import Function
from tests.lab.simulation.experiments import outage, peak, rejections
from tests.lab.simulation.machine import Costs, Times
from tests.lab.simulation.policy import Retries
from tests.lab.simulation.recorded import (
    CALIBRATION,
    QUIET,
    Ratios,
    compared,
    delivery,
    ratios,
    runs,
    simulated,
)
from tests.lab.simulation.run import handler_bound, measures
from tests.lab.simulation.subscription import Events, Log, PushSubscription
from tests.lab.simulation.traffic import Message, Traffic
from tests.lab.simulation.window import KNEE, Fixed, SlowStart, pause

RANDOM = Random(7)  # noqa: S311 - draws moments, guards nothing
THROUGHPUT = 0.15
DRAIN = 0.35
LATENCY = 0.35
"""How far from 1 a ratio may be."""


class Recorder:
    """A service that takes 0.1 s, refuses what is not valid, and notes what it was given."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self.under_way = Counter[int]()
        self.together = Counter[int]()
        self.order: list[Message] = []

    def publish(self, message: Message) -> Events:
        yield from ()

    def push(self, message: Message) -> Events:
        self.under_way[message.key] += 1
        self.together[message.key] = max(self.together[message.key], self.under_way[message.key])
        self.order.append(message)
        yield self._env.timeout(0.1)
        self.under_way[message.key] -= 1
        return message.valid


def delivered(messages: Iterator[Message] | list[Message], window: int = 64) -> tuple[Recorder, Log]:
    """Deliver messages to their end."""
    env = simpy.Environment()
    service = Recorder(env)
    subscription = PushSubscription(env, service, Fixed(window), Retries.of("order-create-sub", RANDOM))
    env.process(subscription.feed(messages))
    env.run()
    return service, subscription.log


def test_one_message_of_a_key_is_under_way_and_in_order() -> None:
    """Messages of three customers never overlap within a customer, and come as they were published."""
    service, log = delivered(Traffic(rate=100, seconds=1, customers=3, even=True).messages(RANDOM))
    assert len(log.processed) == 100
    assert set(service.together.values()) == {1}
    for key in range(3):
        moments = [each.published for each in service.order if each.key == key]
        assert moments == sorted(moments)


def test_the_window_bounds_what_is_under_way() -> None:
    """Four places and 0.1 s a message are forty messages a second, however many wait."""
    _, log = delivered(Traffic(rate=1000, seconds=0.4, even=True).messages(RANDOM), window=4)
    assert len(log.processed) == 400
    assert max(log.processed) == pytest.approx(10.0, abs=0.2)


def test_a_refused_message_is_pushed_five_times_over_fifteen_seconds() -> None:
    """Backoffs of 1, 2, 4 and 8 s with their jitter; then it is dead-lettered, and the next one goes."""
    service, log = delivered([Message(0.0, key=1, valid=False), Message(0.0, key=1)])
    assert len(service.order) == 6
    assert len(log.dead_lettered) == 1
    assert 0.75 * 15 + 0.5 <= log.dead_lettered[0] <= 1.25 * 15 + 0.5
    assert log.processed[0] == pytest.approx(log.dead_lettered[0] + 0.1)


def test_slow_start_doubles_then_grows_by_one() -> None:
    """A window's worth of successes doubles it up to 3,000 and adds one from there; a failure halves it."""
    window = SlowStart()
    for _ in range(window.size):
        window.succeeded()
    assert window.size == 6
    window.width = float(KNEE)
    for _ in range(KNEE):
        window.succeeded()
    assert window.size == pytest.approx(KNEE + 1, abs=1)
    window.failed(now=0.0)
    assert window.size == pytest.approx(KNEE / 2, abs=1)


def test_pauses_are_those_of_the_documented_examples() -> None:
    """One refusal a second pauses for half a second, five for 30 to 60 s, more for a minute at most."""
    assert pause(1) == 0.5
    assert 30 <= pause(5) <= 60
    assert pause(50) == 60


def test_refusals_of_the_last_second_count() -> None:
    """The fifth within a second pauses long; the same five over ten seconds do not."""
    close, apart = SlowStart(), SlowStart()
    assert [close.failed(0.1 * each) for each in range(5)][-1] > 30
    assert [apart.failed(2.0 * each) for each in range(5)][-1] == 0.5


@pytest.fixture(scope="module")
def ratios_of_runs() -> dict[str, Ratios]:
    """Return simulated by measured, of every recorded run."""
    return compared()


def test_throughput_and_drain_are_those_that_were_measured(ratios_of_runs: dict[str, Ratios]) -> None:
    """Every run's throughput within 15 %, and the time to work off the rest within 35 %."""
    for name, each in ratios_of_runs.items():
        assert each.throughput == pytest.approx(1, abs=THROUGHPUT), name
        assert each.drain == pytest.approx(1, abs=DRAIN), name


def test_latencies_are_those_that_were_measured(ratios_of_runs: dict[str, Ratios]) -> None:
    """Of every run p50 and p99 within 35 %."""
    for name, each in ratios_of_runs.items():
        assert each.p99 == pytest.approx(1, abs=LATENCY), name
        assert each.p50 == pytest.approx(1, abs=LATENCY), name


def test_there_are_runs_that_fell_behind_and_runs_that_did_not() -> None:
    """The processor, and order within a customer, each held one run up; the others kept their rate."""
    behind = {name for name, run in runs().items() if run["throughput"] < 0.9 * run["publish_rate"]}
    assert behind == {CALIBRATION, "few_customers"}


def test_a_simulation_without_order_does_not_reproduce_few_customers() -> None:
    """Two customers' messages wait for each other: without that, far more get through than were measured."""
    run = runs()["few_customers"]
    rate, handler = run["publish_rate"], Times(run["handler_ms"]["p50"], run["handler_ms"]["p99"])
    unordered = Traffic(rate, run["published"] / rate, even=True)
    log = handler_bound(unordered, handler=handler, delivery=delivery(runs()[QUIET]), relay_ms=0.0)
    assert ratios(measures(log), run).throughput > 1 + THROUGHPUT


def test_a_simulation_with_other_costs_does_not_reproduce_the_runs() -> None:
    """A function that took four times its processor time would be noticed."""
    run = runs()[CALIBRATION]
    costs = Costs.of(run["machine"]["cpu_ms_per_message"])
    slower = replace(costs, order_create=4 * costs.order_create)
    assert ratios(simulated(run, slower, delivery(runs()[QUIET])), run).throughput < 1 - THROUGHPUT


def test_redelivered_rejections_hold_up_good_messages_and_dead_lettered_ones_do_not() -> None:
    """A share of 5 % slows all others down at least tenfold, unless the function dead-letters it."""
    function = Function(cpu_ms=2.0)
    redelivered = rejections(function, 20, 0.05, "redeliver", seconds=30)
    dead_lettered = rejections(function, 20, 0.05, "dead_letter", seconds=30)
    assert dead_lettered.processed_in_time > 0.99
    assert redelivered.good_ms["p50"] > 10 * dead_lettered.good_ms["p50"]


def test_an_outage_ends_with_everything_processed_or_dead_lettered() -> None:
    """A minute without an answer leaves a backlog that is worked off afterwards."""
    found = outage(Function(cpu_ms=2.0), rate=20, lasts=60)
    assert found.greatest_lag >= 20 * 55
    assert found.lag[-1] == 0
    assert found.drained_after > 0


def test_a_peak_is_met_once_window_and_instances_have_grown() -> None:
    """What one instance cannot carry waits until others have started, and is then worked off."""
    found = peak(Function(cpu_ms=10.0, cold_start=3.0), rate=300, seconds=10)
    assert found.reached >= 3
    assert found.caught_up >= found.reached
    assert found.greatest_lag > 300
