"""The allowed memory, and the check of measured memory against it."""

from collections.abc import Mapping

from tests.lab.memory.peak import Peak
from tests.lab.memory.trend import Trend

LEAK_BYTES_PER_MESSAGE = 200.0
"""Slope that counts as a leak: an instance would grow by 200 MB in a million messages."""

MAX_PEAK_SHARE = 0.8
"""Share of a function's deployed memory that one message of 10 MB may need."""


def find_excesses(trends: Mapping[str, Trend], peaks: Mapping[str, Peak]) -> list[str]:
    """Return what exceeds its bound, or may exceed it."""
    leaks = [f"{name} may gain {each} bytes a message" for name, each in trends.items() if may_leak(each)]
    high = [
        f"{name}: {each.highest >> 20} of {each.deployed >> 20} MiB"
        for name, each in peaks.items()
        if each.highest > MAX_PEAK_SHARE * each.deployed
    ]
    return leaks + high


def may_leak(found: Trend) -> bool:
    """Return whether the interval of a slope reaches the bound of a leak."""
    return found.greatest > LEAK_BYTES_PER_MESSAGE
