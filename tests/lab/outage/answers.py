"""The functions' log lines during a drill: what they answered, and whether a line has personal data."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

PERSONAL = "CUST-"
"""The beginning of every customer's id in the published messages."""


class Answers:
    """Counts answers by what was away; use it as the sink of a stack.

    Attributes:
        away: what is away now; empty for nothing.
        counted: the answers of each absence: outcomes, and the reasons of those that were not 204.
        starts: the reasons for which functions did not start, or ended, by absence.
        failed: pushes without a positive answer, by absence.
        paused: seconds of the policy for which the slowest subscription backed off, by absence.
        calls: calls to Firestore, by absence.
        personal: lines with a customer's id.
    """

    def __init__(self) -> None:
        self.away = ""
        self.counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.starts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.failed: Counter[str] = Counter()
        self.paused: dict[str, float] = {}
        self.calls: Counter[str] = Counter()
        self.personal: list[str] = []

    def figures(self, away: str) -> dict[str, object]:
        """Return what happened while something was away, for a report."""
        return {
            "answers": dict(self.counted[away].most_common()),
            "failed_pushes": self.failed[away],
            "refused_starts": dict(self.starts[away]),
            "paused_s": round(self.paused.get(away, 0.0), 1),
            "firestore_calls": self.calls[away],
        }

    def __call__(self, name: str, line: str) -> None:
        """Parse a line of a function's output."""
        if PERSONAL in line:
            self.personal.append(name)
        if line.startswith("ended with status"):
            self.starts[self.away][line] += 1
        if not line.startswith("{"):
            return
        entry = json.loads(line)
        if "outcome" in entry:
            self.counted[self.away][_answer(entry)] += 1
        elif entry["message"] == "the function does not start":
            self.starts[self.away][entry["reason"]] += 1


def _answer(entry: Mapping[str, Any]) -> str:
    if entry["status"] == 204:
        return str(entry["outcome"])
    detail = f": {entry['detail']}" if entry["errorType"] == "transient" else ""
    return f"{entry['status']} {entry['reason']}{detail}"
