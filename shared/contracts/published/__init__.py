"""The published contracts: `make contracts` generates the JSON files of this folder from models and topology.

`asyncapi.json` has all of it. `incoming/` and `outgoing/` have the JSON Schemas one by one: of each payload,
and of its attributes.
"""

import json
from pathlib import Path
from typing import Any


def read_asyncapi() -> dict[str, Any]:
    """Read the AsyncAPI document, which the console shows."""
    document: dict[str, Any] = json.loads(
        Path(__file__).with_name("asyncapi.json").read_text(encoding="utf-8")
    )
    return document
