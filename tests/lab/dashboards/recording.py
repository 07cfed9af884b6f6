"""The recording of a run: samples, log lines, and a description."""

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
    """A run from `start` to `end`, as UNIX times.

    Attributes:
        about: a description of the run.
        file: the file of the samples, after `save`.
        lines: functions' log lines of severity NOTICE and above: time, function, entry.
    """

    about: str
    start: float = math.inf
    end: float = -math.inf
    samples: list[Sample] = field(default_factory=list)
    lines: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    file: Path = Path()

    def add(self, samples: Iterable[Sample]) -> None:
        """Add samples."""
        for each in samples:
            self.samples.append(each)
            self.start, self.end = min(self.start, each.at), max(self.end, each.at)

    def save(self, folder: Path) -> None:
        """Write the samples as OpenMetrics, the rest as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        write_open_metrics(folder / SAMPLES, self.samples)
        content = {"about": self.about, "start": self.start, "end": self.end, "lines": self.lines}
        (folder / ABOUT).write_text(json.dumps(content))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read all but the samples, which Prometheus reads from `file`."""
        content = json.loads((folder / ABOUT).read_text())
        lines = [(at, function, entry) for at, function, entry in content.pop("lines")]
        return cls(**content, lines=lines, file=folder / SAMPLES)


def write_open_metrics(path: Path, samples: Iterable[Sample]) -> None:
    """Write samples in order of time, for `promtool tsdb create-blocks-from openmetrics`."""
    with path.open("w") as file:
        file.writelines(_lines(samples))


def _lines(samples: Iterable[Sample]) -> Iterator[str]:
    for each in sorted(samples, key=lambda sample: sample.at):
        labels = ",".join(f"{name}={json.dumps(value)}" for name, value in sorted(each.labels.items()))
        yield f"{each.name}{{{labels}}} {each.value!r} {each.at!r}\n"
    yield "# EOF\n"
