"""How many inputs a fuzzing tried, read from what its tools say, and the line that sums it up."""

import re
from collections.abc import Mapping, Sequence


def grown(said: str) -> int:
    """Count the inputs that libFuzzer tried: by its last line, or its last step where it ended early."""
    done = re.findall(r"^Done (\d+) runs", said, re.MULTILINE) or re.findall(r"^#(\d+)\s", said, re.MULTILINE)
    return int(done[-1]) if done else 0


def drawn(said: str) -> int:
    """Count the examples that hypothesis drew, over all tests of its statistics."""
    return sum(map(int, re.findall(r"(\d+) passing, \d+ failing", said)))


def verdict(counts: Mapping[str, int], *, status: int, crashes: Sequence[str]) -> str:
    """Say how many inputs of each kind were tried, and how it ended."""
    tried = ", ".join(f"{count:,} inputs {how}" for how, count in counts.items())
    if crashes:
        return f"fuzz: FAILED after {tried}; kept: {', '.join(crashes)}"
    if status:
        return f"fuzz: FAILED after {tried}: exit status {status}"
    return f"fuzz: {tried}; 0 crashes"
