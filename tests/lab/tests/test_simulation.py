"""The simulation of push delivery follows its rules, and reproduces measured runs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
import simpy

from tests.lab.simulation.cloud_run import Function
from tests.lab.simulation.experiments import failing, outage, peak
from tests.lab.simulation.machine import Costs, Latency
from tests.lab.simulation.policy import RetryPolicy
from tests.lab.simulation.recorded import (
    CALIBRATION_RUN,
    QUIET_RUN,
    Ratios,
    compare_all,
    delivery_latency,
    ratios,
    runs,
    simulate,
)
from tests.lab.simulation.run import deployed, handler_bound, measures
from tests.lab.simulation.subscription import Events, Log, PushSubscription
from tests.lab.simulation.traffic import Message, Traffic
from tests.lab.simulation.window import LINEAR_FROM, FixedWindow, SlowStart
from tests.lab.stack import topology
from tests.lab.stack.relay.push_backoff import Reading, pause_by_count, pause_by_share

RANDOM = Random(7)  # noqa: S311 - draws arrival times; not a secret
THROUGHPUT_TOLERANCE = 0.15
DRAIN_TOLERANCE = 0.35
LATENCY_TOLERANCE = 0.35
"""Allowed differences of the ratios from 1."""


class Recorder:
    """A service that takes 0.1 s, refuses invalid messages, and records what it gets."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self.outstanding = Counter[int]()
        self.max_outstanding = Counter[int]()
        self.order: list[Message] = []

    def publish(self, message: Message) -> Events:
        yield from ()

    def push(self, message: Message) -> Events:
        self.outstanding[message.key] += 1
        self.max_outstanding[message.key] = max(
            self.max_outstanding[message.key], self.outstanding[message.key]
        )
        self.order.append(message)
        yield self._env.timeout(0.1)
        self.outstanding[message.key] -= 1
        return message.valid


def deliver(messages: Iterator[Message] | list[Message], window: int = 64) -> tuple[Recorder, Log]:
    """Deliver messages until all are finished."""
    env = simpy.Environment()
    service = Recorder(env)
    subscription = PushSubscription(
        env, service, FixedWindow(window), RetryPolicy.of("order-create-sub", RANDOM)
    )
    env.process(subscription.feed(messages))
    env.run()
    return service, subscription.log


def test_one_message_of_a_key_is_outstanding() -> None:
    """The messages of a customer never overlap, and are pushed in order of publication."""
    service, log = deliver(Traffic(rate=100, seconds=1, customers=3, even=True).messages(RANDOM))
    assert len(log.processed) == 100
    assert set(service.max_outstanding.values()) == {1}
    for key in range(3):
        moments = [each.published for each in service.order if each.key == key]
        assert moments == sorted(moments)


def test_the_window_limits_outstanding_pushes() -> None:
    """A window of four and 0.1 s a message give forty messages a second, however many wait."""
    _, log = deliver(Traffic(rate=1000, seconds=0.4, even=True).messages(RANDOM), window=4)
    assert len(log.processed) == 400
    assert max(log.processed) == pytest.approx(10.0, abs=0.2)


def test_a_refused_message_is_pushed_five_times_over_fifteen_seconds() -> None:
    """After backoffs of 1, 2, 4 and 8 s with jitter it is dead-lettered, and the next message follows."""
    service, log = deliver([Message(0.0, key=1, valid=False), Message(0.0, key=1)])
    assert len(service.order) == 6
    assert len(log.dead_lettered) == 1
    assert 0.75 * 15 + 0.5 <= log.dead_lettered[0] <= 1.25 * 15 + 0.5
    assert log.processed[0] == pytest.approx(log.dead_lettered[0] + 0.1)


def test_slow_start_doubles_then_grows_by_one() -> None:
    """A window of successes doubles it up to 3,000 and adds one from there; a failure halves it."""
    window = SlowStart()
    for _ in range(window.size):
        window.on_success(now=0.0)
    assert window.size == 6
    window.width = float(LINEAR_FROM)
    for _ in range(LINEAR_FROM):
        window.on_success(now=0.0)
    assert window.size == pytest.approx(LINEAR_FROM + 1, abs=1)
    window.on_failure(now=0.0)
    assert window.size == pytest.approx(LINEAR_FROM / 2, abs=1)


@pytest.fixture(scope="module")
def ratios_of_runs() -> dict[str, Ratios]:
    """Return the ratios of all recorded runs."""
    return compare_all()


def test_throughput_and_drain_are_those_that_were_measured(ratios_of_runs: dict[str, Ratios]) -> None:
    """Throughput is within 15 % of every run, and the drain within 35 %."""
    for name, each in ratios_of_runs.items():
        assert each.throughput == pytest.approx(1, abs=THROUGHPUT_TOLERANCE), name
        assert each.drain == pytest.approx(1, abs=DRAIN_TOLERANCE), name


def test_latencies_are_those_that_were_measured(ratios_of_runs: dict[str, Ratios]) -> None:
    """p50 and p99 are within 35 % of every run."""
    for name, each in ratios_of_runs.items():
        assert each.p99 == pytest.approx(1, abs=LATENCY_TOLERANCE), name
        assert each.p50 == pytest.approx(1, abs=LATENCY_TOLERANCE), name


def test_there_are_runs_that_fell_behind_and_runs_that_did_not() -> None:
    """Two runs fell behind, because of the processor and because of ordering keys; the others kept up."""
    behind = {name for name, run in runs().items() if run["throughput"] < 0.9 * run["publish_rate"]}
    assert behind == {CALIBRATION_RUN, "few_customers"}


def test_a_simulation_without_order_does_not_reproduce_few_customers() -> None:
    """Without ordering, two customers' messages are much faster than measured."""
    run = runs()["few_customers"]
    rate, handler = (
        run["publish_rate"],
        Latency(run["handler_ms"]["p50"], run["handler_ms"]["p99"]),
    )
    unordered = Traffic(rate, run["published"] / rate, even=True)
    log = handler_bound(
        unordered, handler=handler, delivery=delivery_latency(runs()[QUIET_RUN]), relay_ms=0.0
    )
    assert ratios(measures(log), run).throughput > 1 + THROUGHPUT_TOLERANCE


def test_a_simulation_with_other_costs_does_not_reproduce_the_runs() -> None:
    """With four times the function's processor time, the throughput is too low."""
    run = runs()[CALIBRATION_RUN]
    costs = Costs.of(run["machine"]["cpu_ms_per_message"])
    slower = replace(costs, order_create=4 * costs.order_create)
    assert (
        ratios(simulate(run, slower, delivery_latency(runs()[QUIET_RUN])), run).throughput
        < 1 - THROUGHPUT_TOLERANCE
    )


READINGS = pytest.mark.parametrize("reading", [pause_by_count, pause_by_share])
SHARES = pytest.mark.parametrize(
    "traffic",
    [
        Traffic(rate=100, seconds=60, rejected=0.05),
        Traffic(rate=100, seconds=60, rejected=0.2),
        Traffic(rate=100, seconds=60, deferred=0.1),
    ],
    ids=["5 % rejected", "20 % rejected", "10 % deferred"],
)
BOUND_MS = 2_000
"""The delay of good messages beside failing ones, at p99, that the nack budget keeps."""


@READINGS
@SHARES
def test_the_nack_budget_bounds_the_delay_of_good_messages(traffic: Traffic, reading: Reading) -> None:
    """With the budget of the topology and every instance running, good messages stay within the bound."""
    budget = topology.load().subscriptions["order-create-sub"].nacks_per_minute
    found = failing(Function(cpu_ms=1.34, nacks_per_minute=budget), traffic, reading)

    assert found.good_ms["p99"] < BOUND_MS
    assert found.in_time > 0.97
    assert 0 < found.refused <= budget * (traffic.seconds / 60 + 1)
    assert found.dead_lettered_at_once > 0


@READINGS
@pytest.mark.parametrize("rejected", [0.05, 0.2])
def test_without_a_nack_budget_rejections_hold_up_good_messages(rejected: float, reading: Reading) -> None:
    """Without the budget most good messages wait longer than the bound, some of them for minutes."""
    found = failing(Function(cpu_ms=1.34), Traffic(rate=100, seconds=60, rejected=rejected), reading)

    assert found.good_ms["p50"] > BOUND_MS
    assert found.good_ms["p99"] > 10 * BOUND_MS


def test_dead_lettering_every_rejection_holds_up_no_message() -> None:
    """With `on_reject: dead_letter` rejections cause no negative answer."""
    function = Function(cpu_ms=1.34, on_reject="dead_letter")
    found = failing(function, Traffic(rate=100, seconds=30, rejected=0.05))

    assert found.refused == 0
    assert found.good_ms["p99"] < 200


def test_a_single_failing_message_gets_all_its_attempts() -> None:
    """Alone within the budget, a message is refused five times; then Pub/Sub dead-letters it."""
    budget = topology.load().subscriptions["order-create-sub"].nacks_per_minute
    log = deployed(
        Traffic(rate=0.02, seconds=60, rejected=1.0, even=True), Function(1.34, nacks_per_minute=budget)
    )

    assert len(log.dead_lettered) == len(log.published) == 2
    assert len(log.refused) == 10


def test_an_outage_is_drained() -> None:
    """The backlog of a minute without answers is drained afterwards."""
    found = outage(Function(cpu_ms=2.0), rate=20, duration_s=60)
    assert found.greatest_lag >= 20 * 55
    assert found.lag[-1] == 0
    assert found.drained_after > 0


def test_a_peak_is_drained_after_window_and_instances_grew() -> None:
    """Messages wait until more instances have started, and are then processed."""
    found = peak(Function(cpu_ms=10.0, cold_start=3.0), rate=300, seconds=10)
    assert found.reached >= 3
    assert found.caught_up >= found.reached
    assert found.greatest_lag > 300
