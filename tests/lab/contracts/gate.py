"""The compatibility gate: the contracts of this checkout against those that were released last.

A deliberate break needs another major version, and an entry in the changelog: `## order-create 2.0`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from shared.contracts.provenance import major_version
from tests.lab.contracts.catalogue import Direction
from tests.lab.contracts.compatibility import Break, find_breaks
from tests.lab.contracts.files import ASYNCAPI
from tests.lab.contracts.schema import Schema

Files = Mapping[Path, str]


def check(released: Files, current: Files, changelog: str) -> list[str]:
    """Return every break that is not deliberate, a line each: the message, the field and the rule."""
    announced = set(re.findall(r"^## (\S+) (\d+)\.", changelog, re.MULTILINE))
    return [
        f"{_name(path)}: {each}"
        for path in sorted(released.keys() - {ASYNCAPI})
        for each in _breaks(path, json.loads(released[path]), current.get(path), announced)
    ]


def _breaks(
    path: Path, released: Schema, text: str | None, announced: set[tuple[str, str]]
) -> Iterator[Break]:
    current = json.loads(text) if text is not None else None
    version = current["x-version"] if current else f"{_major(released) + 1}.0"
    if _is_announced(_name(path), version, released, announced):
        return
    if current is None:
        yield Break("", "is removed or renamed")
        return
    found = find_breaks(released, current, Direction(path.parts[0]))
    yield from found
    if _major(current) != _major(released):
        yield Break("", f"version {version} has no entry in the changelog: ## {_name(path)} {version}")


def _is_announced(name: str, version: str, released: Schema, announced: set[tuple[str, str]]) -> bool:
    major = major_version(version) or 0
    return major > _major(released) and (name, str(major)) in announced


def _major(schema: Schema) -> int:
    return major_version(schema["x-version"]) or 0


def _name(path: Path) -> str:
    """Return the name of a message; its attributes belong to it."""
    return path.name.removesuffix(".json").removesuffix(".attributes")
