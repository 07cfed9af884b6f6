"""What a run left to draw from: samples, log lines, and what the run was."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.lab.dashboards.series import Sample

SAMPLES, ABOUT = "samples.om", "about.json"


@dataclass
class Recording:
    """A run from `start` to `end`, seconds since 1970.

    Attributes:
        about: what ran, in words.
        file: where the samples are once they are saved.
        lines: functions' log lines of severity NOTICE and above: seconds, function, entry.
    """

    about: str
    start: float = math.inf
    end: float = -math.inf
    samples: list[Sample] = field(default_factory=list)
    lines: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    file: Path = Path()

    def add(self, samples: Iterable[Sample]) -> None:
        """Take samples in."""
        for each in samples:
            self.samples.append(each)
            self.start, self.end = min(self.start, each.at), max(self.end, each.at)

    def save(self, folder: Path) -> None:
        """Write the samples as OpenMetrics, all else as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        write_open_metrics(folder / SAMPLES, self.samples)
        told = {"about": self.about, "start": self.start, "end": self.end, "lines": self.lines}
        (folder / ABOUT).write_text(json.dumps(told))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read all but the samples, which Prometheus reads from `file`."""
        told = json.loads((folder / ABOUT).read_text())
        lines = [(at, function, entry) for at, function, entry in told.pop("lines")]
        return cls(**told, lines=lines, file=folder / SAMPLES)


def write_open_metrics(path: Path, samples: Iterable[Sample]) -> None:
    """Write samples in the order of time as `promtool tsdb create-blocks-from openmetrics` reads them."""
    with path.open("w") as file:
        file.writelines(_lines(samples))


def _lines(samples: Iterable[Sample]) -> Iterator[str]:
    for each in sorted(samples, key=lambda sample: sample.at):
        labels = ",".join(f"{name}={json.dumps(value)}" for name, value in sorted(each.labels.items()))
        yield f"{each.name}{{{labels}}} {each.value!r} {each.at!r}\n"
    yield "# EOF\n"
