"""The number of inputs that a fuzzing tried, from its tools' output, and the verdict."""

import re
from collections.abc import Mapping, Sequence


def count_grown(output: str) -> int:
    """Return libFuzzer's number of inputs: from its last line, or from its last step if it ended early."""
    done = re.findall(r"^Done (\d+) runs", output, re.MULTILINE) or re.findall(
        r"^#(\d+)\s", output, re.MULTILINE
    )
    return int(done[-1]) if done else 0


def count_drawn(output: str) -> int:
    """Return the number of examples that hypothesis drew, over all tests of its statistics."""
    return sum(map(int, re.findall(r"(\d+) passing, \d+ failing", output)))


def verdict(counts: Mapping[str, int], *, status: int, crashes: Sequence[str]) -> str:
    """Return a summary line with the number of inputs of each kind, and the result."""
    tried = ", ".join(f"{count:,} inputs {how}" for how, count in counts.items())
    if crashes:
        return f"fuzz: FAILED after {tried}; kept: {', '.join(crashes)}"
    if status:
        return f"fuzz: FAILED after {tried}: exit status {status}"
    return f"fuzz: {tried}; 0 crashes"
