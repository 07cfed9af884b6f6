"""Requests move between revisions without a build, and a new revision that fails more often is noticed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.terraform.hcl import FOLDER
from tests.terraform.programs import Programs
from traffic import fails_more_often

SCRIPT = FOLDER / "traffic.py"
PLACE = "--region=r --project=p --format=json"
MADE = {"ship-3": "2026-11-03T00:00:00Z", "ship-1": "2026-11-01T00:00:00Z", "ship-2": "2026-11-02T00:00:00Z"}


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Return a stand-in for gcloud: one function, three revisions, and one that never became ready."""
    programs = Programs(tmp_path, "gcloud")
    programs.answer("functions list", json.dumps([{"name": "projects/p/locations/r/functions/ship"}]))
    revisions = [
        {
            "metadata": {"name": name, "creationTimestamp": made},
            "status": {
                "conditions": [{"type": "Active", "status": "True"}, {"type": "Ready", "status": "True"}]
            },
        }
        for name, made in MADE.items()
    ]
    broken = {
        "metadata": {"name": "ship-4", "creationTimestamp": "2026-11-04T00:00:00Z"},
        "status": {"conditions": [{"type": "Ready", "status": "False"}]},
    }
    programs.answer("revisions list", json.dumps([broken, *revisions]))
    return programs


def serving(programs: Programs, **shares: int) -> None:
    """Let revisions serve shares of the requests; LATEST is that of a service that names none."""
    traffic = [
        {"revisionName": "ship-3", "latestRevision": True, "percent": share}
        if name == "LATEST"
        else {"revisionName": name.replace("_", "-"), "percent": share}
        for name, share in shares.items()
    ]
    status = {"latestReadyRevisionName": "ship-3", "traffic": traffic}
    programs.answer("services describe", json.dumps({"status": status}))


@pytest.mark.parametrize(
    ("command", "shares", "moved"),
    [
        pytest.param("split", {"ship_2": 100}, "ship-3=10,ship-2=90", id="a share for the newest"),
        pytest.param("split", {"ship_3": 10, "ship_2": 90}, None, id="split again"),
        pytest.param("split", {"ship_3": 100}, None, id="nothing new to split"),
        pytest.param("finish", {"ship_3": 10, "ship_2": 90}, "ship-3=100", id="all for the newest"),
        pytest.param("pin", {"ship_3": 10, "ship_2": 90}, "ship-2=100", id="a share is taken away again"),
        pytest.param("pin", {"ship_2": 100}, None, id="pinned before"),
        pytest.param("pin", {"LATEST": 100}, "ship-3=100", id="else the next revision takes all"),
        pytest.param("finish", {"LATEST": 100}, "ship-3=100", id="finished, and named"),
        pytest.param("rollback ship", {"LATEST": 100}, "ship-2=100", id="back from the newest"),
        pytest.param("show", {"LATEST": 100}, None, id="shown as it is"),
        pytest.param("rollback ship", {"ship_3": 100}, "ship-2=100", id="back to the one before"),
        pytest.param("rollback ship", {"ship_2": 100}, None, id="back again"),
        pytest.param("rollback ship", {"ship_3": 10, "ship_2": 90}, "ship-2=100", id="back from a share"),
        pytest.param("show", {"ship_3": 10, "ship_2": 90}, None, id="only shown"),
    ],
)
def test_a_command_moves_requests(
    programs: Programs, command: str, shares: dict[str, int], moved: str | None
) -> None:
    """One call for each function that changes, none for the others, and never a build."""
    serving(programs, **shares)
    done = programs.run(SCRIPT, *command.split(), "--project=p", "--region=r")
    assert done.returncode == 0, done.stderr
    moves = [each for each in programs.calls if "update-traffic" in each]
    call = f"gcloud run services update-traffic ship --to-revisions={moved} {PLACE}"
    assert moves == ([call] if moved else [])
    assert "newest ship-3 of 2026-11-03T00:00:00Z" in done.stdout
    assert not [each for each in programs.calls if "build" in each or "deploy" in each]


def test_a_rollback_names_its_functions(programs: Programs) -> None:
    """Functions that the last deployment did not change would else go back too far."""
    done = programs.run(SCRIPT, "rollback", "--project=p")
    assert done.returncode == 2
    assert "name the functions to roll back" in done.stderr


def test_a_failing_command_is_reported(programs: Programs) -> None:
    """What gcloud says is shown, and the exit code is not 0."""
    programs.answer("services describe", error="PERMISSION_DENIED", code=1)
    done = programs.run(SCRIPT, "show", "--project=p")
    assert done.returncode != 0
    assert "PERMISSION_DENIED" in done.stderr


@pytest.mark.parametrize(
    ("new", "old", "worse"),
    [
        ((0, 1000), (0, 9000), False),
        ((11, 1000), (0, 9000), True),
        ((30, 1000), (90, 9000), False),
        ((31, 1000), (90, 9000), True),
        ((19, 19), (0, 9000), False),
        ((20, 20), (0, 0), True),
    ],
)
def test_a_revision_is_worse_beyond_twice_the_old_share(
    new: tuple[float, float], old: tuple[float, float], worse: object
) -> None:
    """Some requests always fail, deferred messages among them; few requests prove nothing."""
    assert fails_more_often(new, old) is worse


@pytest.fixture
def monitoring(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Answer for Cloud Monitoring: the new revision fails half of its requests; yield the queries."""
    queries: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            (query,) = parse_qs(urlsplit(self.path).query)["query"]
            queries.append(query)
            value = "50" if "5xx" in query and "ship-3" in query else "0" if "5xx" in query else "100"
            self.send_response(200)
            self.end_headers()
            result = [{"metric": {}, "value": [0, value]}]
            self.wfile.write(json.dumps({"data": {"result": result}}).encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - so named by its base
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("MONITORING_URL", f"http://127.0.0.1:{server.server_port}")
        yield queries
        server.shutdown()


def test_a_revision_that_fails_more_often_is_noticed(programs: Programs, monitoring: list[str]) -> None:
    """The share of failed requests is asked for by revision, and the one that fails is named."""
    serving(programs, ship_3=10, ship_2=90)
    programs.answer("print-access-token", "token\n")
    done = programs.run(SCRIPT, "watch", "--minutes=0", "--project=p")
    assert done.returncode == 1
    assert "ship: ship-3 failed 50 of 100 requests, ship-2 0 of 100" in done.stderr
    assert len(monitoring) == 4
    assert all('service_name="ship"' in query and "[1m]" in query for query in monitoring)
