"""The functions' log lines during a drill: what they answered, and whether a line has personal data."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

PERSONAL = "CUST-"
"""The beginning of every customer's id in the published messages."""


class Answers:
    """Count answers by what was away; use it as the sink of a stack.

    Attributes:
        away: what is away now; empty where nothing is.
        counted: the answers during each absence: outcomes, and the reasons of negative answers.
        refused_starts: why functions did not start, or ended, by absence.
        failed_pushes: the number of pushes without a positive answer, by absence.
        paused_s: the total push backoff of the slowest subscription, before it is scaled, by absence.
        firestore_calls: the number of calls to Firestore, by absence.
        personal: the names of functions that wrote a line with a customer's id.
    """

    def __init__(self) -> None:
        self.away = ""
        self.counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.refused_starts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.failed_pushes: Counter[str] = Counter()
        self.paused_s: dict[str, float] = {}
        self.firestore_calls: Counter[str] = Counter()
        self.personal: list[str] = []

    def figures(self, away: str) -> dict[str, object]:
        """Return what happened while something was away, for a report."""
        return {
            "answers": dict(self.counted[away].most_common()),
            "failed_pushes": self.failed_pushes[away],
            "refused_starts": dict(self.refused_starts[away]),
            "paused_s": round(self.paused_s.get(away, 0.0), 1),
            "firestore_calls": self.firestore_calls[away],
        }

    def __call__(self, name: str, line: str) -> None:
        """Parse a line of a function's output."""
        if PERSONAL in line:
            self.personal.append(name)
        if line.startswith("ended with status"):
            self.refused_starts[self.away][line] += 1
        if not line.startswith("{"):
            return
        entry = json.loads(line)
        if "outcome" in entry:
            self.counted[self.away][_answer(entry)] += 1
        elif entry["message"] == "the function does not start":
            self.refused_starts[self.away][entry["reason"]] += 1


def _answer(entry: Mapping[str, Any]) -> str:
    if entry["status"] == 204:
        return str(entry["outcome"])
    detail = f": {entry['detail']}" if entry["errorType"] == "transient" else ""
    return f"{entry['status']} {entry['reason']}{detail}"
