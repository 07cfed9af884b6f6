"""The project's Terraform as data, read without Terraform."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import hcl2

from tests.lab.stack.paths import ROOT

FOLDER = ROOT / "terraform"
LABELS = {"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1}
OPTIONS = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)


class Block(NamedTuple):
    """One top-level block.

    Attributes:
        file: where it is.
        name: its labels, as in "google_pubsub_topic.topic"; empty where its kind has none.
        body: its arguments and blocks; expressions as text in "${...}".
    """

    file: Path
    name: str
    body: dict[str, Any]


def blocks(kind: str) -> Iterator[Block]:
    """Iterate over all blocks of a kind: resource, variable, locals, ..."""
    for file in sorted(FOLDER.rglob("*.tf")):
        for content in _parsed(file).get(kind, []):
            labels = []
            for _ in range(LABELS.get(kind, 0)):
                ((label, content),) = content.items()  # noqa: PLW2901  # one label deeper each time
                labels.append(label.strip('"'))
            yield Block(file, ".".join(labels), content)


def local(name: str) -> Any:
    """Return the value of a local of the root module. Raises KeyError where there is none."""
    return {key: value for block in blocks("locals") for key, value in block.body.items()}[name]


def protected_blocks() -> set[str]:
    """Return the names of the resources that a plan must not destroy."""
    return {
        block.name
        for block in blocks("resource")
        for lifecycle in block.body.get("lifecycle", [])
        if lifecycle.get("prevent_destroy")
    }


@cache
def _parsed(file: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = hcl2.loads(file.read_text(), serialization_options=OPTIONS)
    return parsed
