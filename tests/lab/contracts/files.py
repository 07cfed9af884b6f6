"""The published files: every schema and the AsyncAPI document, as text by path."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.lab.contracts.asyncapi import asyncapi_document
from tests.lab.contracts.catalogue import messages
from tests.lab.contracts.documents import attributes_document, payload_document
from tests.lab.stack.paths import ROOT
from tests.lab.stack.topology import load

CONTRACTS = ROOT / "shared" / "contracts"
PUBLISHED = CONTRACTS / "published"
RELEASED = CONTRACTS / "released"
CHANGELOG = CONTRACTS / "CHANGELOG.md"
ASYNCAPI = Path("asyncapi.json")


def generate() -> dict[Path, str]:
    """Return every published file, by its path below PUBLISHED."""
    topology = load()
    found = messages(topology)
    schemas = {}
    for each in found:
        schemas[Path(each.direction, f"{each.name}.json")] = _text(payload_document(each))
        schemas[Path(each.direction, f"{each.name}.attributes.json")] = _text(attributes_document(each))
    return {ASYNCAPI: _text(asyncapi_document(found, topology)), **schemas}


def stored(folder: Path) -> dict[Path, str]:
    """Return the JSON files of a folder, by their paths below it."""
    return {each.relative_to(folder): each.read_text(encoding="utf-8") for each in folder.rglob("*.json")}


def write(folder: Path, files: Mapping[Path, str]) -> list[Path]:
    """Make a folder hold exactly these files; return what changed."""
    before = stored(folder)
    for path in before.keys() - files.keys():
        (folder / path).unlink()
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return sorted(path for path in before.keys() | files.keys() if before.get(path) != files.get(path))


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
