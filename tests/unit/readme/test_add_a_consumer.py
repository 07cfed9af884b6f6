"""The example in functions/README.md, "Add a consumer", runs."""

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from shared.errors import Outcome
from shared.privacy.keysets import new_keyset
from tests import messages
from tests.lab.stack.paths import ROOT
from tests.lab.stack.topology import load
from tests.unit.consumer.processors import ROUTES, Bench
from tests.unit.readme.page import FUNCTIONS, blocks, section

PAGE = section(FUNCTIONS, "Add a consumer")
FILE = re.compile(r"^\d\. `([\w/]+)\.py`", re.MULTILINE)


def test_the_topology_on_the_page_is_accepted(tmp_path: Path) -> None:
    """The lines of the page, added to the topology, make a topology that loads."""
    topology = yaml.safe_load((ROOT / "terraform" / "topology.yaml").read_text(encoding="utf-8"))
    for part, entries in yaml.safe_load(blocks(PAGE, "yaml")[0]).items():
        topology[part] |= entries
    path = tmp_path / "topology.yaml"
    path.write_text(yaml.safe_dump(topology), encoding="utf-8")
    assert "order-hold-sub" in load(path).subscriptions_of("order_hold")


async def test_the_code_on_the_page_handles_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's decision, contract and route put an order on hold, and publish that once."""
    page = _run_the_page(tmp_path, monkeypatch)
    bench = Bench(
        routes={**ROUTES, **page["ROUTES"]},
        topics={messages.SUBSCRIPTION: messages.TOPIC, "order-hold-sub": "order-hold"},
    )
    await bench.process(messages.order("QC-1"))
    hold = {"orderId": "QC-1", "heldAt": "2024-01-10T10:30:00Z"}
    outcomes = [await bench.process(hold, subscription="order-hold-sub") for _ in range(2)]
    assert outcomes == [Outcome.PROCESSED, Outcome.DUPLICATE]
    held = [each for each in bench.publisher.messages if each.attributes["eventType"] == "order.held"]
    assert [json.loads(each.data) for each in held] == [
        {
            "eventId": held[0].attributes["eventId"],
            "eventType": "order.held",
            "orderId": "QC-1",
            "occurredAt": "2024-01-10T10:30:00Z",
            "orderVersion": 2,
        }
    ]


def _run_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run each file of the page as a module, in a function's environment; return the names of the last one.

    The files import each other by their own names. Their classes belong to other modules, because tests of
    all contracts look for those of `shared.contracts`.
    """
    keyset = tmp_path / "keyset.json"
    keyset.write_text(new_keyset(), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "page")
    monkeypatch.setenv("KEYSET_FILE", str(keyset))
    monkeypatch.setenv("SUBSCRIPTIONS", "{}")
    names: dict[str, Any] = {}
    for file, code in zip(FILE.findall(PAGE), blocks(PAGE, "python"), strict=True):
        module = ModuleType(f"page.{file}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(sys.modules, file.replace("/", "."), module)
        names = vars(module)
        exec(code, names)  # noqa: S102 - the page is what is tested
    return names
