"""A published file is fetched whole and verified, or not at all."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.lab.stack.downloads import Download
from tests.lab.stack.fetch import DownloadError, Fetcher
from tests.lab.stack.processes import free_port

CONTENT = bytes(range(256)) * 4_096
DOWNLOAD = Download("emulator.jar", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
HALF = len(CONTENT) // 2


@dataclass
class Mirror:
    """An HTTP server with one file.

    Attributes:
        content: what it serves.
        torn: the number of answers that end in the middle.
        ranges: whether it sends a part on request.
        status: answers every request, if it is set.
        requests: the path and range of each request so far.
    """

    url: str = ""
    content: bytes = CONTENT
    torn: int = 0
    ranges: bool = True
    status: int = 0
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer a GET; `/old/` is redirected."""
        wanted = request.headers["Range"]
        self.requests.append((request.path, wanted))
        if request.path.startswith("/old/"):
            request.send_response(302)
            request.send_header("Location", request.path.replace("/old/", "/new/"))
            request.end_headers()
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        request.send_response(self.status or (206 if start else 200))
        request.send_header("Content-Length", str(len(self.content) - start))
        request.end_headers()
        self.torn -= 1
        end = start + (len(self.content) - start) // 2 if self.torn >= 0 else None
        request.wfile.write(self.content[start:end])


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """Yield a mirror that runs."""
    mirror = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            mirror.answer(self)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mirror.url = f"http://127.0.0.1:{server.server_port}/new"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield mirror
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr("tests.lab.stack.fetch.PAUSE_S", 0)


def fetch(url: str, folder: Path) -> Path:
    """Fetch the file."""
    return Fetcher(url, folder).fetch(DOWNLOAD)


def test_a_file_is_fetched_once(mirror: Mirror, tmp_path: Path) -> None:
    """The file has the published content, nothing else is left, and the next call finds it."""
    assert fetch(mirror.url, tmp_path / "tools").read_bytes() == CONTENT
    fetch(mirror.url, tmp_path / "tools")

    assert mirror.requests == [("/new/emulator.jar", None)]
    assert {file.name for file in (tmp_path / "tools").iterdir()} == {"emulator.jar", ".lock"}


def test_a_torn_transfer_continues_where_it_ended(mirror: Mirror, tmp_path: Path) -> None:
    """Each further try asks only for what is missing."""
    mirror.torn = 2

    assert fetch(mirror.url, tmp_path).read_bytes() == CONTENT

    assert [wanted for _, wanted in mirror.requests] == [None, f"bytes={HALF}-", f"bytes={HALF * 3 // 2}-"]


def test_a_later_run_continues(mirror: Mirror, tmp_path: Path) -> None:
    """What an interrupted run has left is not fetched again."""
    (tmp_path / "emulator.jar.part").write_bytes(CONTENT[:HALF])

    assert fetch(mirror.url, tmp_path).read_bytes() == CONTENT

    assert mirror.requests == [("/new/emulator.jar", f"bytes={HALF}-")]


def test_a_server_without_ranges_sends_it_from_the_start(mirror: Mirror, tmp_path: Path) -> None:
    """An answer with the whole file replaces the part."""
    mirror.torn, mirror.ranges = 1, False

    assert fetch(mirror.url, tmp_path).read_bytes() == CONTENT


def test_a_transfer_that_always_ends_early_is_kept_for_the_next_run(mirror: Mirror, tmp_path: Path) -> None:
    """After some tries the error has the address; the file does not appear."""
    mirror.torn = 100

    with pytest.raises(DownloadError, match=f"{mirror.url}/emulator.jar"):
        fetch(mirror.url, tmp_path)

    assert not (tmp_path / "emulator.jar").exists()
    assert (tmp_path / "emulator.jar.part").stat().st_size > HALF


@pytest.mark.parametrize(
    "content",
    [CONTENT[:-1] + b"?", CONTENT + b"?", b"<html>Sign in to the hotel's network</html>"],
    ids=["same size", "longer", "a page"],
)
def test_another_content_is_refused(mirror: Mirror, tmp_path: Path, content: bytes) -> None:
    """A file with another checksum or size does not appear, and the next run does not continue it."""
    mirror.content = content

    with pytest.raises(DownloadError, match="not the published file"):
        fetch(mirror.url, tmp_path)

    assert not (tmp_path / "emulator.jar").exists()
    mirror.content = CONTENT
    assert fetch(mirror.url, tmp_path).read_bytes() == CONTENT


def test_a_redirect_is_followed(mirror: Mirror, tmp_path: Path) -> None:
    """A redirected mirror serves the file; the range of a part is kept."""
    (tmp_path / "emulator.jar.part").write_bytes(CONTENT[:HALF])

    assert fetch(mirror.url.replace("/new", "/old"), tmp_path).read_bytes() == CONTENT

    assert mirror.requests[-1] == ("/new/emulator.jar", f"bytes={HALF}-")


def test_a_refusal_is_named(mirror: Mirror, tmp_path: Path) -> None:
    """The error has the address and the status."""
    mirror.status = 404

    with pytest.raises(DownloadError, match=r"emulator\.jar cannot be fetched: the server answers 404"):
        fetch(mirror.url, tmp_path)


def test_no_network_is_named(tmp_path: Path) -> None:
    """The error has the address and the reason."""
    with pytest.raises(DownloadError, match=r"emulator.jar cannot be fetched: .*refused"):
        fetch(f"http://127.0.0.1:{free_port()}", tmp_path)


def test_proxy_variables_are_used(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that only the proxy knows is reached through it."""
    monkeypatch.setenv("http_proxy", mirror.url.removesuffix("/new"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert fetch("http://mirror.invalid/new", tmp_path).read_bytes() == CONTENT
