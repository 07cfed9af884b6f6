"""Run one simulation to its end."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import simpy

from tests.lab.simulation.cloud_run import CloudRun, Function
from tests.lab.simulation.machine import Costs, Machine, MeasuredHandler, Times
from tests.lab.simulation.policy import Retries
from tests.lab.simulation.subscription import Log, PushSubscription, Service
from tests.lab.simulation.traffic import Traffic
from tests.lab.simulation.window import Fixed, SlowStart, Window
from tests.lab.stack.relay.delivery_worker import PUSH_WINDOW

SEED = 20261123
SUBSCRIPTION = "order-create-sub"
CHECK = 0.5
"""Seconds between two looks whether all has ended."""


@dataclass(frozen=True)
class Measures:
    """What a load test measures, too; times in ms, but for the drain in seconds."""

    throughput: float
    p50: float
    p99: float
    drain_seconds: float


def machine_bound(traffic: Traffic, costs: Costs, *, cores: int, noise_share: float) -> Log:
    """Simulate the relay over one machine, whose cores are what ends first."""
    return _run(
        traffic, Fixed(PUSH_WINDOW), lambda env: Machine(env, costs, cores=cores, noise_share=noise_share)
    )


def handler_bound(traffic: Traffic, *, handler: Times, delivery: Times, relay_ms: float) -> Log:
    """Simulate the relay over deliveries and handlers that take as long as was measured."""
    return _run(traffic, Fixed(PUSH_WINDOW), lambda env: MeasuredHandler(env, handler, delivery, relay_ms))


def deployed(traffic: Traffic, function: Function, *, outage: float = 0.0, until: float | None = None) -> Log:
    """Simulate Pub/Sub over Cloud Run, which answers nothing but errors for the first `outage` seconds."""
    random = Random(SEED)  # noqa: S311 - draws moments, guards nothing
    return _run(traffic, SlowStart(), lambda env: CloudRun(env, function, random, outage), until)


def _run(
    traffic: Traffic,
    window: Window,
    service: Callable[[simpy.Environment], Service],
    until: float | None = None,
) -> Log:
    env, random = simpy.Environment(), Random(SEED)  # noqa: S311 - as above
    subscription = PushSubscription(env, service(env), window, Retries.of(SUBSCRIPTION, random))
    feeding = env.process(subscription.feed(traffic.messages(random)))
    while _unfinished(subscription.log, feeding) and (until is None or env.now < until):
        env.run(until=env.now + CHECK)
    return subscription.log


def _unfinished(log: Log, feeding: simpy.Process) -> bool:
    return feeding.is_alive or len(log.processed) + len(log.dead_lettered) < len(log.published)


def measures(log: Log) -> Measures:
    """Return what a load test's report has, of a simulation."""
    cuts = statistics.quantiles(log.journeys, n=100, method="inclusive")
    took = max(log.processed) - min(log.published)
    return Measures(
        throughput=len(log.processed) / took,
        p50=1000 * cuts[49],
        p99=1000 * cuts[98],
        drain_seconds=max(log.ended) - max(log.published),
    )
