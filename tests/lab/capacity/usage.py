"""What one message asks of the services, as counted at the wire."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

RECORDED = Path(__file__).with_name("usage.json")
"""The count that the model computes from; a test counts again and compares."""

ORDER, RESERVATION, REJECTED = "order", "reservation", "rejected"


@dataclass(frozen=True)
class Usage:
    """Counts of one message, with all its deliveries.

    Attributes:
        deliveries: pushes, by function.
        reads: documents looked up, found or not.
        writes: documents written, by collection.
        expiring: documents that TTL deletes one day.
        kept_bytes: of new documents that stay.
        expiring_bytes: of new documents that TTL deletes.
        pubsub_bytes: published and delivered, as billed.
        published_bytes: published, as billed; what topics retain.
        log_bytes: of the functions' own lines.
    """

    deliveries: Mapping[str, int] = field(default_factory=dict)
    reads: int = 0
    writes: Mapping[str, int] = field(default_factory=dict)
    expiring: int = 0
    kept_bytes: int = 0
    expiring_bytes: int = 0
    pubsub_bytes: int = 0
    published_bytes: int = 0
    log_bytes: int = 0

    @property
    def pushes(self) -> int:
        """Return the deliveries to all functions."""
        return sum(self.deliveries.values())

    @property
    def written(self) -> int:
        """Return the writes to all collections."""
        return sum(self.writes.values())

    def less(self, other: "Usage") -> "Usage":
        """Return what is left without another usage that is part of this one."""
        return Usage(
            deliveries=_less(self.deliveries, other.deliveries),
            reads=self.reads - other.reads,
            writes=_less(self.writes, other.writes),
            expiring=self.expiring - other.expiring,
            kept_bytes=self.kept_bytes - other.kept_bytes,
            expiring_bytes=self.expiring_bytes - other.expiring_bytes,
            pubsub_bytes=self.pubsub_bytes - other.pubsub_bytes,
            published_bytes=self.published_bytes - other.published_bytes,
            log_bytes=self.log_bytes - other.log_bytes,
        )


def _less(whole: Mapping[str, int], part: Mapping[str, int]) -> dict[str, int]:
    left = {name: count - part.get(name, 0) for name, count in whole.items()}
    return {name: count for name, count in left.items() if count}


def recorded() -> dict[str, Usage]:
    """Return the recorded count, by kind of message."""
    return {name: Usage(**each) for name, each in json.loads(RECORDED.read_text(encoding="utf-8")).items()}


def record(usages: Mapping[str, Usage]) -> None:
    """Write a count down as the recorded one."""
    told = {name: asdict(each) for name, each in usages.items()}
    RECORDED.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
