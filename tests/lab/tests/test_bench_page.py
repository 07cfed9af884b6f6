"""The documents show the figures of the last bench that was recorded."""

import json

from tests.lab.bench.page import FIGURES, TESTS_PAGE, section, summary_rows
from tests.lab.capacity.section import MEASUREMENTS_PAGE
from tests.lab.stack import topology

REPORT = json.loads(FIGURES.read_text(encoding="utf-8"))


def test_the_documents_have_the_recorded_figures() -> None:
    """The tables are what `python -m tests.lab.bench.page` writes."""
    assert section(REPORT) in MEASUREMENTS_PAGE.read_text(encoding="utf-8")
    assert "".join(summary_rows(REPORT)) in TESTS_PAGE.read_text(encoding="utf-8")


def test_every_function_is_measured() -> None:
    """The figures name every function, with its floor and its start."""
    functions = set(topology.load().functions)

    assert set(REPORT["cpu_vs_floor_by_function"]) == functions
    assert set(REPORT["start"]) == functions | {"bare"}
    assert {"cpu_vs_floor", "p99_vs_bare", "cold_start_vs_bare"} <= set(REPORT["ratios"])
