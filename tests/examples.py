"""Example messages as they are published: those of requirements 2 to 5 unchanged, and the project's own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Example:
    """One message: its attributes, and its payload as Python values."""

    attributes: dict[str, str]
    data: dict[str, Any]

    @property
    def payload(self) -> bytes:
        """Write the payload as JSON."""
        return json.dumps(self.data).encode()


SUPPLIED = {"waitingSince": "2024-01-10T15:00:00Z", "shopCurrency": "THB"}
"""What the pipeline supplies beside a message's attributes."""


def example(name: str) -> Example:
    """Read the example in `fixtures/<name>.json`."""
    wrapper = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Example(attributes=wrapper["attributes"], data=wrapper["data"])
