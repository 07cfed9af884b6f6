"""The outcome of every delivery, read from the log lines of the functions."""

import json
from collections import defaultdict


class Deliveries:
    """Parse the functions' output; collect the outcomes of each message's deliveries, in order."""

    def __init__(self) -> None:
        self._outcomes: defaultdict[str, list[str]] = defaultdict(list)
        self._fingerprints: dict[str, str] = {}
        self.other_lines: list[str] = []

    def __call__(self, name: str, line: str) -> None:
        """Parse one line of a function."""
        try:
            entry = json.loads(line)
        except ValueError:
            self.other_lines.append(f"{name} | {line}")
            return
        if isinstance(entry, dict) and "messageId" in entry and name != "dlq":
            self._outcomes[entry["messageId"]].append(entry["outcome"])
            if "fingerprint" in entry:
                self._fingerprints[entry["messageId"]] = entry["fingerprint"]

    def of(self, message_id: str) -> tuple[str, ...]:
        """Return the outcomes of a message so far."""
        return tuple(self._outcomes[message_id])

    def fingerprint(self, message_id: str) -> str | None:
        """Return the id of the failed message, or None while no delivery has failed."""
        return self._fingerprints.get(message_id)
