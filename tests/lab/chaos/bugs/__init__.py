"""Nine seeded bugs, each a variant of a function; the checker must find every one."""

from dataclasses import dataclass
from pathlib import Path

from tests.lab.chaos.run import DrillResult

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Bug:
    """A bug and its function."""

    title: str
    function: str
    name: str

    @property
    def sources(self) -> dict[str, Path]:
        """Return the variant's `main.py`, by function."""
        return {self.function: FOLDER / self.name / "main.py"}


BUGS = {
    name: Bug(title, function, name)
    for name, title, function in (
        ("claim_removed", "captures are applied without a claim", "payment"),
        ("publish_first", "events are published before the commit", "order_create"),
        ("ack_on_error", "errors are acknowledged", "order_create"),
        ("float_money", "amounts are read as floats", "payment"),
        ("fingerprint_ignored", "the same key counts as a duplicate with any content", "order_create"),
        ("late_count", "a late count overwrites what left after it", "inventory"),
        ("units_not_offered", "free units are not offered to orders that wait", "inventory"),
        ("no_precondition", "orders are overwritten without a version check", "payment"),
        ("position_omitted", "a shortage publishes no payment position", "short"),
    )
}


def caught_by(result: DrillResult) -> list[str]:
    """Return the kinds of findings that revealed the bug."""
    return sorted({finding.kind for finding in result.findings})
