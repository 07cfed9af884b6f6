"""Which files a function needs, found by Python's own reading of the code instead of Terraform's."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

from tests.lab.stack.paths import ROOT

REQUIREMENTS = ROOT / "functions" / "requirements.txt"


def archive_files(function: str) -> dict[str, Path]:
    """Return the files of a function's archive, by their path within it."""
    folder = ROOT / "functions" / function
    own = {str(each.relative_to(folder)): each for each in folder.rglob("*") if _is_source(each)}
    modules = set[str]().union(*(needed_modules(each) for each in own.values() if each.suffix == ".py"))
    shared = {str(path.relative_to(ROOT)): path for path in map(module_path, modules)}
    documents = {
        str(each.relative_to(ROOT)): each
        for path in shared.values()
        if path.name == "__init__.py"
        for each in path.parent.glob("*.json")
    }
    return own | shared | documents | {"requirements.txt": REQUIREMENTS}


def archive_texts(function: str, root: Path) -> dict[str, str]:
    """Return the texts of a function's archive in a copy of the project, by their path within it."""
    return {
        inside: (root / source.relative_to(ROOT)).read_text()
        for inside, source in archive_files(function).items()
    }


def needed_modules(source: Path) -> set[str]:
    """Return the modules of `shared` that a source imports, directly or not, and their packages."""
    direct = set(_imported(source)) & _graph().modules
    indirect = (_graph().find_upstream_modules(module) for module in direct)
    found = direct.union(*indirect)
    packages = {package for module in found for package in _packages(module)}
    outer = (_graph().find_upstream_modules(package) for package in packages)
    return found.union(packages, *outer)


def module_path(module: str) -> Path:
    """Return the file of a module or package."""
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("shared", cache_dir=None)


def _imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        match node:
            case ast.Import(names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{each.name}" for each in names)


def _packages(module: str) -> list[str]:
    steps = module.split(".")
    return [".".join(steps[:depth]) for depth in range(1, len(steps))]


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md"
