"""Interleaved measurements: every round has every variant, so a slow moment of the machine affects all."""

import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import uvloop

from tests.lab.bench import generator, orders
from tests.lab.bench.server import Server, Variant
from tests.lab.stack import topology
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.processes import die_with_parent

CONCURRENCY = 20
"""Concurrent requests, as in the topology for `order_create`."""

WARM_UP = 200
SATURATED = 0.9
"""A server that used less of its core than this share was not the bottleneck."""


@dataclass(frozen=True)
class Sample:
    """One variant in one round.

    Attributes:
        cpu_ms: processor time of the server per message.
        throughput: messages a second.
        server_share: the share of its core that the server used.
        load_share: the share of its core that the load generator used.
    """

    cpu_ms: float
    throughput: float
    server_share: float
    load_share: float
    latencies_ms: tuple[float, float, float]


Samples = Mapping[str, Sequence[Sample]]


@contextmanager
def backend(latency: float) -> Iterator[Emulators]:
    """Start the backend, which answers every call after `latency` seconds; yield its address."""
    command = [sys.executable, "-m", "tests.lab.bench.backend", "--latency", str(latency)]
    with subprocess.Popen(die_with_parent(command), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"127.0.0.1:{int(process.stdout.readline())}"
        try:
            yield Emulators(address, address)
        finally:
            process.terminate()


@contextmanager
def serving(variants: Sequence[Variant], servers: Emulators) -> Iterator[dict[str, Server]]:
    """Yield the variants' servers by name, ready for requests."""
    plan = topology.load()
    functions = ("order_create", "ship", "dlq")
    subscriptions = {name: each for of in functions for name, each in plan.subscriptions_of(of).items()}
    environ = function_environment("bench", servers, ensure_keyset(), subscriptions)
    with ExitStack() as stack:
        running = [Server(variant, environ) for variant in variants]
        for server in running:
            stack.callback(server.stop)
        yield {server.variant.name: server.wait_listening() for server in running}


def creations(count: int, lines: int) -> Callable[[Server], list[bytes]]:
    """Return a function that prepares pushes of new orders."""
    return lambda _: orders.pushes(orders.take(count, lines))


def parcels(count: int, lines: int, creator: Server) -> Callable[[Server], list[bytes]]:
    """Return a function that prepares pushes of parcels; another function creates their orders first."""

    def prepare(_: Server) -> list[bytes]:
        created = orders.take(count, lines)
        uvloop.run(generator.saturate(creator.port, orders.pushes(created), CONCURRENCY))
        return orders.parcel_pushes(created)

    return prepare


def measure_interleaved(
    servers: Sequence[Server], rounds: int, prepare: Callable[[Server], list[bytes]]
) -> dict[str, list[Sample]]:
    """Saturate each server in turn, round after round; the first round is a warm-up."""
    samples: defaultdict[str, list[Sample]] = defaultdict(list)
    for number in range(rounds + 1):
        for server in servers if number % 2 else reversed(servers):
            sample = measure_saturated(server, prepare(server))
            if number:
                samples[server.variant.name].append(sample)
    return dict(samples)


def measure_saturated(server: Server, bodies: Sequence[bytes]) -> Sample:
    """Send bodies as fast as the server accepts them."""
    before = server.cpu_seconds()
    load = uvloop.run(generator.saturate(server.port, bodies, CONCURRENCY))
    cpu = server.cpu_seconds() - before
    return Sample(
        cpu_ms=1000 * cpu / len(bodies),
        throughput=len(bodies) / load.seconds,
        server_share=cpu / load.seconds,
        load_share=load.cpu_seconds / load.seconds,
        latencies_ms=percentiles(load.latencies),
    )


def measure_paced(server: Server, bodies: Sequence[bytes], rate: float) -> tuple[float, float, float]:
    """Send bodies at a rate; return p50, p95 and p99 of the latency since each was due, in ms."""
    load = uvloop.run(generator.pace(server.port, bodies, 5 * CONCURRENCY, rate))
    return percentiles(load.latencies)


def percentiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return 1000 * cuts[49], 1000 * cuts[94], 1000 * cuts[98]


def cold_start_seconds(variant: Variant, servers: Emulators) -> float:
    """Return the processor seconds from a server's start to its first answer.

    Processor time and not wall time: in production, a cold start has a core of its own.
    """
    body = orders.pushes(orders.take(1, 1))
    with serving([variant], servers) as running:
        (server,) = running.values()
        uvloop.run(generator.saturate(server.port, body, 1))
        time.sleep(0.1)
        return server.cpu_seconds()
