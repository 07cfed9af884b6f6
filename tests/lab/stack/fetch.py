"""Fetch a published file: continue where a transfer broke off, verify it, then move it into place."""

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from tests.lab.stack.downloads import Download
from tests.lab.stack.errors import StackError

TRIES = 4
PAUSE_S = 1.0
TIMEOUT_S = 30.0
MIB = 1 << 20


class DownloadError(StackError):
    """A file cannot be fetched; the text has the URL and the reason."""


class Fetcher:
    """Fetch files from the folder at `base_url` into `folder`, through the proxies of the environment."""

    def __init__(self, base_url: str, folder: Path) -> None:
        self._base_url = base_url
        self._folder = folder
        self._console = Console(stderr=True)

    def fetch(self, download: Download) -> Path:
        """Return the complete, verified file. Two processes do not fetch at the same time.

        Raises:
            DownloadError: no answer, a refusal, or another size or checksum than expected.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with _locked(self._folder / ".lock"):
            target = self._folder / download.file
            if not target.exists():
                part = target.with_name(f"{target.name}.part")
                self._fetch_all(f"{self._base_url}/{download.file}", part, download.bytes)
                _verify(part, download)
                part.replace(target)
            return target

    def _fetch_all(self, url: str, part: Path, size: int) -> None:
        self._console.print(f"fetching {url} ({size / MIB:.0f} MiB)", highlight=False, soft_wrap=True)
        columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
        shown = Progress(
            *columns, console=self._console, disable=not self._console.is_terminal, transient=True
        )
        with shown as progress, httpx2.Client(follow_redirects=True, timeout=TIMEOUT_S) as client:
            bar = progress.add_task("", total=size)
            for left in reversed(range(TRIES)):
                try:
                    for done in _continue(client, url, part, size):
                        progress.update(bar, completed=done)
                    break
                except httpx2.TransportError as error:
                    if not left:
                        reason = str(error) or type(error).__name__
                        raise DownloadError(f"{url} cannot be fetched: {reason}") from None
                time.sleep(PAUSE_S)


def _continue(client: httpx2.Client, url: str, part: Path, size: int) -> Iterator[int]:
    """Append what is missing, or start again if the server sends the whole file; yield the bytes so far."""
    done = part.stat().st_size if part.exists() else 0
    if done >= size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code not in (200, 206):
            raise DownloadError(f"{url} cannot be fetched: the server answers {answer.status_code}")
        continues = answer.status_code == 206
        done = done if continues else 0
        with part.open("ab" if continues else "wb") as file:
            for chunk in answer.iter_raw():
                file.write(chunk)
                done += len(chunk)
                yield done
                if done > size:
                    return


def _verify(part: Path, download: Download) -> None:
    """Delete a file with another size or checksum than expected, and raise DownloadError."""
    with part.open("rb") as file:
        found = (part.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
    expected = (download.bytes, download.sha256)
    if found != expected:
        part.unlink()
        raise DownloadError(
            f"{download.file} is not the published file and was deleted: "
            f"size {found[0]}, SHA-256 {found[1]}; expected: size {expected[0]}, SHA-256 {expected[1]}"
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
