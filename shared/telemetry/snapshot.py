"""A copy of all instruments at one moment: it may be turned into a request while counting goes on."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from shared.telemetry.instruments import Counter, Distribution, Histogram


@dataclass(frozen=True, slots=True)
class Total:
    """What one series has come to since the instance began."""

    metric: str
    labels: Mapping[str, str]
    value: int | Distribution


@dataclass(frozen=True, slots=True)
class MetricsData:
    """All totals at one moment."""

    at: datetime
    totals: tuple[Total, ...]


def collect(instruments: Iterable[Counter | Histogram], at: datetime) -> MetricsData:
    """Copy what the instruments hold."""
    return MetricsData(
        at,
        tuple(
            Total(each.name, dict(zip(each.label_names, labels, strict=True)), deepcopy(value))
            for each in instruments
            for labels, value in each.values.items()
        ),
    )
