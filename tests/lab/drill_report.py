"""The report of the drills, `.reports/drills.json`: one entry for each."""

import json
from collections.abc import Mapping

from tests.lab.stack.paths import ROOT

FILE = ROOT / ".reports" / "drills.json"


def write(drill: str, figures: Mapping[str, object]) -> None:
    """Replace the entry of one drill; the others stay."""
    entries = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps({**entries, drill: figures}, indent=2) + "\n", encoding="utf-8")
