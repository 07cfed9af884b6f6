"""A copy of all instruments at one moment, to be exported while counting goes on."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from shared.telemetry.instruments import Counter, Distribution, Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """The process that exports.

    `task_id` is unique: processes with the same id would overwrite each other's points.
    """

    project: str
    location: str
    job: str
    task_id: str
    started: datetime


@dataclass(frozen=True, slots=True)
class SeriesTotal:
    """The total of one series since the instance started."""

    metric: str
    labels: Mapping[str, str]
    value: int | Distribution


@dataclass(frozen=True, slots=True)
class MetricsData:
    """All totals at one moment."""

    at: datetime
    totals: tuple[SeriesTotal, ...]


def collect(instruments: Iterable[Counter | Histogram], at: datetime) -> MetricsData:
    """Copy the instruments' values."""
    return MetricsData(
        at,
        tuple(
            SeriesTotal(each.name, dict(zip(each.label_names, labels, strict=True)), deepcopy(value))
            for each in instruments
            for labels, value in each.values.items()
        ),
    )
