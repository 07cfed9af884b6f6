"""The last release, unpacked from the history with packages of its own."""

import os
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT, STATE

TAG, COMMIT = "v1.0.0", "b89a6d869019"
"""The commit stands here too, because a checkout may have the history without its tags."""

RELEASES = STATE / "releases"


def available() -> bool:
    """Return whether the checkout's history has the release."""
    return _git("cat-file", "-e", f"{COMMIT}^{{commit}}").returncode == 0


def unpack() -> Path:
    """Return a folder with the release's code and its `.venv`; make it at the first call.

    Raises:
        StackError: the history does not have the release, or its packages cannot be installed.
    """
    folder = RELEASES / COMMIT
    if folder.exists():
        return folder
    archive = _git("archive", "--format=tar", COMMIT)
    if archive.returncode:
        raise StackError(f"the history has no {TAG}: fetch it with `git fetch --unshallow --tags`")
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(unfinished, filter="data")
    # Where it stays: a virtual environment can't be moved.
    unfinished.rename(folder)
    uv = ROOT / ".tools" / "bin" / "uv"
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    installed = subprocess.run(
        [uv, "sync", "--frozen", "--quiet", "--no-default-groups"], cwd=folder, env=environ, check=False
    )
    if installed.returncode:
        shutil.rmtree(folder)
        raise StackError(f"the packages of {TAG} could not be installed")
    return folder


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
