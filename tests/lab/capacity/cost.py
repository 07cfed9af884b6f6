"""The monthly cost, from a message's usage of the services and their prices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.lab.capacity import prices
from tests.lab.capacity.model import Need
from tests.lab.capacity.usage import Usage
from tests.lab.stack import topology
from tests.lab.stack.topology import Function

MONTH_S = 730 * 3600
"""Length of a month in Google's prices."""

RETENTION_S = max(each.retention_seconds for each in topology.load().all_topics.values())
"""Retention of published messages."""

CLAIM_MONTHS = 3
"""Lifetime of a claim: 90 days."""

ENTRY_BYTES = 500
"""Size that Cloud Logging adds to a line (resource, labels, times): an estimate."""

METRIC_BYTES = 2 * 80 + 8
"""Size of one export of an instance: two distributions and a count (80 and 8 bytes a point, as published)."""

EXPORTS_PER_MONTH = MONTH_S / 60


@dataclass(frozen=True)
class Load:
    """A function under its share of the load.

    Attributes:
        need: the instances that it needs.
        function: its size, as deployed.
    """

    need: Need
    function: Function


def monthly(rate: float, usages: list[Usage], loads: list[Load]) -> dict[str, float]:
    """Return dollars a month by service, for a steady `rate` of messages with all their usages."""
    messages = rate * MONTH_S
    instances = sum(load.need.instances for load in loads)
    return {
        "Cloud Run": sum(map(_instances, loads)) + prices.RUN_REQUESTS.of(messages * _sum(usages, "pushes")),
        "Pub/Sub": prices.PUBSUB.of(messages * _sum(usages, "pubsub_bytes")),
        "retention": prices.RETENTION.of(rate * RETENTION_S * _sum(usages, "published_bytes")),
        "Firestore": _firestore(messages, usages),
        "storage": _storage(messages, usages),
        "Logging": prices.LOGS.of(messages * _log_bytes(usages)),
        "Monitoring": prices.METRICS.of(instances * EXPORTS_PER_MONTH * METRIC_BYTES),
        "egress": prices.EGRESS.of(0),
    }


def standing(functions: Iterable[Function]) -> dict[str, float]:
    """Return the dollars a month, by part, of a production environment without messages."""
    warm = [(each.min_instances * MONTH_S, each) for each in functions]
    return {
        "minimum instances": sum(
            prices.RUN_IDLE_CPU.of(seconds * each.cpu) + prices.RUN_IDLE_MEMORY.of(seconds * gib(each.memory))
            for seconds, each in warm
        ),
        "load balancer of the console": prices.BALANCER.of(MONTH_S / 3600),
        "key, keyset, private zones": prices.KEY.of(1) + prices.SECRET.of(1) + prices.ZONE.of(2),
    }


def per_million(usages: list[Usage]) -> Mapping[str, float]:
    """Return the dollars of a million messages, without instances, by service."""
    whole = monthly(1e6 / MONTH_S, usages, [])
    return {name: dollars for name, dollars in whole.items() if dollars}


def _instances(load: Load) -> float:
    """Charge each instance for the whole month: at these rates an instance is rarely idle."""
    seconds = load.need.instances * MONTH_S
    memory = gib(load.function.memory)
    return prices.RUN_CPU.of(seconds * load.function.cpu) + prices.RUN_MEMORY.of(seconds * memory)


def _firestore(messages: float, usages: list[Usage]) -> float:
    reads, writes, deletes = (_sum(usages, name) for name in ("reads", "written", "expiring"))
    return sum(
        (
            prices.READS.of(messages * reads),
            prices.WRITES.of(messages * writes),
            prices.DELETES.of(messages * deletes),
        )
    )


def _storage(messages: float, usages: list[Usage]) -> float:
    """Charge the claims that exist at one time and the orders of one month; orders accumulate."""
    kept = _sum(usages, "kept_bytes") + CLAIM_MONTHS * _sum(usages, "expiring_bytes")
    return prices.STORAGE.of(messages * kept)


def _log_bytes(usages: list[Usage]) -> float:
    return _sum(usages, "log_bytes") + ENTRY_BYTES * _sum(usages, "pushes")


def _sum(usages: list[Usage], name: str) -> float:
    return sum(float(getattr(usage, name)) for usage in usages)


def gib(memory: str) -> float:
    """Return the GiB of a memory size in the topology's notation."""
    units = {"Mi": 1 / 1024, "Gi": 1.0}
    return float(memory[:-2]) * units[memory[-2:]]
