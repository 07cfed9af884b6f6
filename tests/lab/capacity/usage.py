"""The usage of the services by one message, counted from its calls."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

RECORDED = Path(__file__).with_name("usage.json")
"""The usages that the model uses; a test counts again and compares."""

ORDER, RESERVATION, REJECTED = "order", "reservation", "rejected"


@dataclass(frozen=True)
class Usage:
    """Counts of one message with all its deliveries.

    Attributes:
        deliveries: pushes, by function.
        reads: documents looked up, found or not.
        writes: documents written, by collection.
        expiring: new documents that TTL will delete.
        kept_bytes: size of new documents that stay.
        expiring_bytes: size of new documents that TTL will delete.
        pubsub_bytes: published and delivered bytes, as billed.
        published_bytes: published bytes, as billed for retention.
        log_bytes: size of the functions' log lines.
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

    def minus(self, other: "Usage") -> "Usage":
        """Return this usage without another one that is a part of it."""
        return Usage(
            deliveries=_subtract(self.deliveries, other.deliveries),
            reads=self.reads - other.reads,
            writes=_subtract(self.writes, other.writes),
            expiring=self.expiring - other.expiring,
            kept_bytes=self.kept_bytes - other.kept_bytes,
            expiring_bytes=self.expiring_bytes - other.expiring_bytes,
            pubsub_bytes=self.pubsub_bytes - other.pubsub_bytes,
            published_bytes=self.published_bytes - other.published_bytes,
            log_bytes=self.log_bytes - other.log_bytes,
        )


def _subtract(whole: Mapping[str, int], part: Mapping[str, int]) -> dict[str, int]:
    left = {name: count - part.get(name, 0) for name, count in whole.items()}
    return {name: count for name, count in left.items() if count}


def read_recorded() -> dict[str, Usage]:
    """Return the recorded usages, by kind of message."""
    return {name: Usage(**each) for name, each in json.loads(RECORDED.read_text(encoding="utf-8")).items()}


def record(usages: Mapping[str, Usage]) -> None:
    """Write usages to the recorded file."""
    fields = {name: asdict(each) for name, each in usages.items()}
    RECORDED.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
