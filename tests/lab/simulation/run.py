"""Run one simulation until all messages are finished."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import simpy

from tests.lab.simulation.cloud_run import CloudRun, Function
from tests.lab.simulation.machine import Costs, Latency, Machine, MeasuredHandler
from tests.lab.simulation.policy import RetryPolicy
from tests.lab.simulation.subscription import Log, PushSubscription, Service
from tests.lab.simulation.traffic import Traffic
from tests.lab.simulation.window import FixedWindow, SlowStart, Window
from tests.lab.stack.relay.delivery_worker import PUSH_WINDOW
from tests.lab.stack.relay.push_backoff import PushBackoff, Reading, pause_by_count

SEED = 20261123
SUBSCRIPTION = "order-create-sub"
CHECK_INTERVAL_S = 0.5
"""Interval between two checks whether all messages are finished."""


@dataclass(frozen=True)
class Measures:
    """The measures of a load test; latencies in ms, the drain in seconds."""

    throughput: float
    p50: float
    p99: float
    drain_seconds: float


def machine_bound(traffic: Traffic, costs: Costs, *, cores: int, noise_share: float) -> Log:
    """Simulate the relay on one machine that its cores limit."""
    return _run(
        traffic,
        FixedWindow(PUSH_WINDOW),
        lambda env: Machine(env, costs, cores=cores, noise_share=noise_share),
    )


def handler_bound(traffic: Traffic, *, handler: Latency, delivery: Latency, relay_ms: float) -> Log:
    """Simulate the relay with measured latencies of deliveries and handlers."""
    return _run(
        traffic, FixedWindow(PUSH_WINDOW), lambda env: MeasuredHandler(env, handler, delivery, relay_ms)
    )


def deployed(
    traffic: Traffic,
    function: Function,
    *,
    outage: float = 0.0,
    until: float | None = None,
    reading: Reading = pause_by_count,
) -> Log:
    """Simulate Pub/Sub and Cloud Run; every push fails for the first `outage` seconds."""
    random = Random(SEED)  # noqa: S311 - draws arrival times; not a secret
    window = SlowStart(PushBackoff(reading))
    return _run(traffic, window, lambda env: CloudRun(env, function, random, outage), until)


def _run(
    traffic: Traffic,
    window: Window,
    service: Callable[[simpy.Environment], Service],
    until: float | None = None,
) -> Log:
    env, random = simpy.Environment(), Random(SEED)  # noqa: S311 - as above
    subscription = PushSubscription(env, service(env), window, RetryPolicy.of(SUBSCRIPTION, random))
    feeding = env.process(subscription.feed(traffic.messages(random)))
    while _unfinished(subscription.log, feeding) and (until is None or env.now < until):
        env.run(until=env.now + CHECK_INTERVAL_S)
    return subscription.log


def _unfinished(log: Log, feeding: simpy.Process) -> bool:
    return feeding.is_alive or len(log.finished) < len(log.published)


def measures(log: Log) -> Measures:
    """Return the measures of a simulation."""
    cuts = statistics.quantiles(log.latencies, n=100, method="inclusive")
    took = max(log.processed) - min(log.published)
    return Measures(
        throughput=len(log.processed) / took,
        p50=1000 * cuts[49],
        p99=1000 * cuts[98],
        drain_seconds=max(log.finished) - max(log.published),
    )
