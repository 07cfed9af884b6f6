"""Interleaved measurements: every round has every variant, so a slow moment of the machine affects all."""

import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import uvloop

from tests.lab.bench import generator
from tests.lab.bench.server import Server, Variant
from tests.lab.stack import topology
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.processes import die_with_parent

CONCURRENCY = 20
"""Concurrent requests, as in the topology for `order_create`."""

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
    with backend_process(latency) as (address, _):
        yield Emulators(address, address)


@contextmanager
def backend_process(latency: float) -> Iterator[tuple[str, int]]:
    """Start the backend; yield its address and the id of its process."""
    command = [sys.executable, "-m", "tests.lab.bench.backend", "--latency", str(latency)]
    with subprocess.Popen(die_with_parent(command), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"127.0.0.1:{int(process.stdout.readline())}"
        try:
            yield address, process.pid
        finally:
            process.terminate()


@contextmanager
def serving(
    variants: Sequence[Variant], servers: Emulators, added: Mapping[str, str] | None = None
) -> Iterator[dict[str, Server]]:
    """Yield the variants' servers by name, ready for requests; `added` are more environment variables."""
    plan, keyset = topology.load(), ensure_keyset()
    with ExitStack() as stack:
        running = []
        for variant in variants:
            subscriptions = {
                # Every rejected delivery is answered as such, however many there are.
                name: each.model_copy(update={"nacks_per_minute": 10**8})
                for name, each in plan.subscriptions_of(variant.function_name).items()
            }
            environ = function_environment("bench", servers, keyset, subscriptions)
            running.append(Server(variant, environ | dict(added or {})))
            stack.callback(running[-1].stop)
        yield {server.variant.name: server.wait_listening() for server in running}


def measure_interleaved(
    servers: Sequence[Server], rounds: int, prepare: Callable[[Server], Sequence[bytes]]
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
