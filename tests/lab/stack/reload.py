"""Restart the functions that import a changed file, while emulators and relay keep running."""

import ast
import asyncio
import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from tests.lab.stack.paths import ROOT

FOLDERS = ("functions", "shared")
INTERVAL_S = 0.3
"""Time between two looks at the files. Functions restart at the first look without a further change."""


class Restartable(Protocol):
    """A function's process."""

    @property
    def function(self) -> str:
        """Return the name of the function."""

    def restart(self) -> None:
        """Start again with the present code, at the same address."""


async def reloading(processes: Mapping[str, Restartable], root: Path = ROOT) -> None:
    """Restart functions after changes of their files, until cancelled."""
    before = _modified(root)
    while True:
        await asyncio.sleep(INTERVAL_S)
        after = _modified(root)
        if after == before:
            continue
        while (later := await _look_again(root)) != after:
            after = later
        changed = {file for file, _ in before.items() ^ after.items()}
        before = after
        for process in processes.values():
            if uses(process.function, changed, root):
                process.restart()


def uses(function: str, changed: Iterable[Path], root: Path = ROOT) -> bool:
    """Return whether a function has one of the files in its folder, or imports it from `shared`."""
    folder = root / "functions" / function
    imported = _imported([*folder.rglob("*.py")], root)
    return any(
        file.is_relative_to(folder)
        or file in imported
        or (file.suffix != ".py" and file.is_relative_to(root / "shared"))
        for file in changed
    )


async def _look_again(root: Path) -> dict[Path, int]:
    await asyncio.sleep(INTERVAL_S)
    return _modified(root)


def _modified(root: Path) -> dict[Path, int]:
    """Return the time of the last change of each file, in nanoseconds."""
    modified = {}
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            if "__pycache__" not in path.parts and path.is_file():
                with contextlib.suppress(FileNotFoundError):  # editors replace files
                    modified[path] = path.stat().st_mtime_ns
    return modified


def _imported(files: list[Path], root: Path) -> set[Path]:
    """Return the files of `shared` that some files import, also indirectly."""
    found: set[Path] = set()
    while files:
        new = _imports(files.pop(), root) - found
        found |= new
        files += new
    return found


def _imports(file: Path, root: Path) -> frozenset[Path]:
    try:
        return _parse_imports(file, file.stat().st_mtime_ns, root)
    except (OSError, SyntaxError):  # deleted, or in the middle of an edit
        return frozenset()


@functools.lru_cache(maxsize=2_048)
def _parse_imports(file: Path, _modified: int, root: Path) -> frozenset[Path]:
    """Return the files of `shared` that a file imports. Another `_modified` is another version."""
    return frozenset(path for name in _names(ast.parse(file.read_bytes())) for path in _files_of(name, root))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{name.name}" for name in node.names))


def _files_of(module: str, root: Path) -> Iterator[Path]:
    """Yield the file of a module of `shared`, and those of the packages around it."""
    parts = module.split(".")
    if parts[0] == "shared":
        for end in range(1, len(parts) + 1):
            path = root.joinpath(*parts[:end])
            yield from (each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file())
