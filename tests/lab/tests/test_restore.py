"""The comparison after a restore finds what a consumer would notice, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab import drill_report
from tests.lab.chaos.evidence import Event
from tests.lab.restore.comparison import changed_facts, first_of_each, repeated_versions


def event(kind: str, event_id: str, **payload: Any) -> Event:
    """Return an event on the wire."""
    return Event(event_id, kind, "cause", json.dumps({"orderId": "A", **payload}).encode())


def test_a_repeated_fact_may_have_another_version_alone() -> None:
    """The order is in another state when a message arrives again, and the fact is the same."""
    captured = event("payment.captured", "1", amountMinor=450, orderVersion=3, paymentStatus="CAPTURED")
    again = event("payment.captured", "1", amountMinor=450, orderVersion=100_001, paymentStatus="PARTIAL")
    assert [*changed_facts([captured, again])] == []


@pytest.mark.parametrize("changed", [{"amountMinor": 451}, {"amountMinor": 450, "captureId": "C"}])
def test_a_fact_with_the_same_id_and_other_content_is_found(changed: dict[str, Any]) -> None:
    """A consumer has counted the first one already."""
    captured = event("payment.captured", "1", amountMinor=450, orderVersion=3)
    (found,) = changed_facts([captured, event("payment.captured", "1", orderVersion=9, **changed)])
    assert (found.kind, "payment.captured of A" in found.text) == ("double", True)


def test_a_consumer_drops_ids_that_it_has_seen() -> None:
    """It keeps the first event of each id, in order; a position has another id in another version."""
    events = [event("payment.position_changed", each, orderVersion=1) for each in "abacb"]
    assert [each.event_id for each in first_of_each(events)] == ["a", "b", "c"]
    assert first_of_each(events)[0] is events[0]


def test_a_version_with_two_positions_is_found() -> None:
    """Two positions of one order and version contradict each other; a repeated event does not."""
    first = event("payment.position_changed", "1", orderVersion=3, toRefundMinor=0)
    assert [*repeated_versions([first, first])] == []
    assert [
        *repeated_versions([first, event("payment.position_changed", "1", orderId="B", orderVersion=3)])
    ] == []

    (found,) = repeated_versions(
        [first, event("payment.position_changed", "2", orderVersion=3, toRefundMinor=9)]
    )
    assert found.kind == "money"


def test_drills_share_a_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A drill replaces its own entry of the report and keeps the entries of other drills."""
    file = tmp_path / "reports" / "drills.json"
    monkeypatch.setattr(drill_report, "FILE", file)
    for drill, lost in (("upgrade", 0), ("restore", 1), ("restore", 0)):
        drill_report.write(drill, {"lost": lost})
    assert json.loads(file.read_text()) == {"upgrade": {"lost": 0}, "restore": {"lost": 0}}
