"""Every function beside its floor: the calls of one of its deliveries, repeated over bare gRPC."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from tests.lab.bench import generator
from tests.lab.bench.backend.control import keep, record, recorded, restore
from tests.lab.bench.cases import Message
from tests.lab.bench.measure import CONCURRENCY, Sample, measure_interleaved, serving
from tests.lab.bench.server import Server, Variant
from tests.lab.stack.emulators import Emulators

READY = "ready"
"""The name of the saved documents that a round starts with."""

WARM_UP = 50
"""Deliveries before the recorded one: a new instance makes some calls once only."""


@dataclass(frozen=True)
class Pair:
    """A function and its floor, both running, with deliveries that they have not handled yet."""

    function: Server
    floor: Server
    bodies: Sequence[bytes]
    servers: Emulators

    def prepare(self, _: Server) -> Sequence[bytes]:
        """Restore the documents and return the deliveries of a round."""
        uvloop.run(restore(self.servers.firestore, READY))
        return self.bodies


@contextmanager
def prepared(
    case: Message, servers: Emulators, new: Sequence[dict[str, Any]]
) -> Iterator[tuple[Server, list[bytes]]]:
    """Start a function and deliver what comes before its messages; yield it with the pushes of these."""
    names = dict.fromkeys((case.function, *(each.function for each in case.after)))
    with serving([*map(Variant.function, names)], servers) as running:
        for each in case.after:
            _deliver(running[each.function], each.pushes(new), each.status)
        uvloop.run(keep(servers.firestore, READY))
        yield running[case.function], case.pushes(new)


@contextmanager
def with_floor(case: Message, servers: Emulators, new: Sequence[dict[str, Any]]) -> Iterator[Pair]:
    """Prepare a function, record one of its deliveries, and start its floor."""
    with prepared(case, servers, new) as (function, bodies), tempfile.TemporaryDirectory() as folder:
        recording = Path(folder, "calls.json")
        _deliver(function, bodies[:-1][:WARM_UP], case.status)
        uvloop.run(record(servers.firestore))
        _deliver(function, bodies[-1:], case.status)
        recording.write_bytes(uvloop.run(recorded(servers.firestore)))
        variant = Variant.for_comparison("replay")
        with serving([variant], servers, {"FLOOR_RECORDING": str(recording)}) as beside:
            yield Pair(function, beside[variant.name], bodies, servers)


def compare(
    case: Message,
    servers: Emulators,
    rounds: int,
    new: Sequence[dict[str, Any]],
    others: Sequence[Variant] = (),
) -> dict[str, list[Sample]]:
    """Return the samples of a function, its floor and other variants; each round has the same deliveries."""
    with with_floor(case, servers, new) as pair, serving(others, servers) as beside:
        compared = [pair.function, pair.floor, *beside.values()]
        samples = measure_interleaved(compared, rounds, pair.prepare)
    samples[floor_of(case.function)] = samples.pop(pair.floor.variant.name)
    return samples


def floor_of(function: str) -> str:
    """Return the name of a function's floor in reports."""
    return {"order_create": "floor", "ship": "change_floor"}.get(function, f"{function}_floor")


def _deliver(server: Server, bodies: Sequence[bytes], status: int) -> None:
    load = uvloop.run(
        generator.saturate(server.port, bodies, CONCURRENCY, rejected=frozenset({status}) - {204})
    )
    if {*load.statuses} - {status}:
        raise generator.RequestFailed(f"{server.variant.name} answered {dict(load.statuses)}")
