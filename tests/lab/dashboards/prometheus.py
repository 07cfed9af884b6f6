"""Prometheus with recorded samples: evaluates a query at every step of a time range."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.lab.stack.errors import MissingPrerequisiteError
from tests.lab.stack.processes import die_with_parent, free_port, stop
from tests.tools import PROMETHEUS, PROMTOOL, Tool

READY_TIMEOUT_S, QUERY_TIMEOUT_S, STOP_TIMEOUT_S = 60.0, 30.0, 5.0
UNLIMITED_RETENTION = "100y"


@dataclass(frozen=True)
class Line:
    """A series of a result: its labels, and its values by time; NaN for a missing value."""

    labels: Mapping[str, str]
    times: tuple[float, ...]
    values: tuple[float, ...]


class Prometheus:
    """A client of a Prometheus server."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def ready(self) -> bool:
        """Return whether the server answers queries."""
        try:
            return self._http.get("/-/ready").status_code == 200
        except httpx2.TransportError:
            return False

    def evaluate(self, query: str, start: float, end: float, step: float) -> list[Line]:
        """Return a query's series by their labels, between two UNIX times, with a value at every step.

        Raises ValueError with the server's message for an invalid query.
        """
        parameters = {"query": query, "start": start, "end": end, "step": step}
        answer = self._http.post("/api/v1/query_range", data=parameters).json()
        if answer["status"] != "success":
            raise ValueError(f"{answer['error']}: {query}")
        lines = [_line(each["metric"], each["values"]) for each in answer["data"]["result"]]
        return sorted(lines, key=lambda line: sorted(line.labels.items()))

    def names(self) -> set[str]:
        """Return the names of all samples."""
        return {*self._http.get("/api/v1/label/__name__/values").json()["data"]}


def find_program(tool: Tool) -> str:
    """Return the path of one of Prometheus's programs. Raises MissingPrerequisiteError."""
    if found := tool.find():
        return found
    raise MissingPrerequisiteError(tool.problem, f"To get it: {tool.remedy}")


@contextlib.contextmanager
def serving(samples: Path) -> Iterator[Prometheus]:
    """Yield a server with the samples of an OpenMetrics file; it ends with the context, with its data."""
    with tempfile.TemporaryDirectory(prefix="prometheus-") as name:
        folder = Path(name)
        _fill(samples, folder / "data")
        (folder / "prometheus.yml").touch()
        port = free_port()
        process = subprocess.Popen(die_with_parent(_command(folder, port)), stderr=subprocess.DEVNULL)
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=QUERY_TIMEOUT_S) as http:
                yield _wait_ready(Prometheus(http), process)
        finally:
            stop(process, STOP_TIMEOUT_S)


def _fill(samples: Path, data: Path) -> None:
    """Convert samples to blocks. Raises ValueError with promtool's message for invalid samples."""
    command = [find_program(PROMTOOL), "tsdb", "create-blocks-from", "openmetrics", str(samples), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.strip())


def _command(folder: Path, port: int) -> list[str]:
    return [
        find_program(PROMETHEUS),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--storage.tsdb.retention.time={UNLIMITED_RETENTION}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]


def _wait_ready(server: Prometheus, process: subprocess.Popen[bytes]) -> Prometheus:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not server.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError("Prometheus does not answer")
        time.sleep(0.05)
    return server


def _line(labels: Mapping[str, str], values: list[tuple[float, str]]) -> Line:
    return Line(labels, tuple(at for at, _ in values), tuple(float(value) for _, value in values))
