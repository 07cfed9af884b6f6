"""What memory is allowed, and whether there is more."""

from collections.abc import Mapping

from tests.lab.memory.peak import Peak
from tests.lab.memory.trend import Trend

LEAK = 200.0
"""Bytes per message that count as a leak: an instance would gain 200 MB in a million messages."""

SHARE = 0.8
"""Of the memory a function is deployed with, that one message of 10 MB may take."""


def excesses(trends: Mapping[str, Trend], peaks: Mapping[str, Peak]) -> list[str]:
    """Name what exceeds its bound, or cannot be told from what does; none where all is well."""
    leaks = [f"{name} may gain {each} bytes a message" for name, each in trends.items() if leaking(each)]
    high = [
        f"{name}: {each.highest >> 20} of {each.deployed >> 20} MiB"
        for name, each in peaks.items()
        if each.highest > SHARE * each.deployed
    ]
    return leaks + high


def leaking(found: Trend) -> bool:
    """Tell whether the interval of a slope reaches what counts as a leak."""
    return found.greatest > LEAK
