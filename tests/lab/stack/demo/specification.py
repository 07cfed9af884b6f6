"""The example of requirements 2.2, to the letter."""

import json

from tests.lab.stack.paths import ROOT

_EXAMPLE = json.loads((ROOT / "tests" / "fixtures" / "order_create.json").read_text(encoding="utf-8"))

EXAMPLE_ORDER = _EXAMPLE["data"]
EXAMPLE_ATTRIBUTES = _EXAMPLE["attributes"]
