"""A Prometheus server with the metrics that functions export."""

from collections.abc import Iterator

import pytest

from tests.lab.dashboards import exported
from tests.lab.dashboards.prometheus import Prometheus, serving
from tests.lab.dashboards.recording import Recording
from tests.lab.stack import topology
from tests.tools import PROMETHEUS, PROMTOOL


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return ten minutes of every possible series, saved and loaded."""
    folder = tmp_path_factory.mktemp("recorded")
    recording = Recording(about="made of what functions export")
    recording.add(exported.samples(topology.load()))
    recording.lines.append((recording.start, "ship", {"severity": "ERROR", "message": "error"}))
    recording.save(folder)
    return Recording.load(folder)


@pytest.fixture(scope="session")
def server(recording: Recording) -> Iterator[Prometheus]:
    """Yield the server; without Prometheus skip the tests, under CI=true fail them."""
    for tool in (PROMETHEUS, PROMTOOL):
        tool.require()
    with serving(recording.file) as server:
        yield server
