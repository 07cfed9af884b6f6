"""The difference between two texts, within a bounded time: a payload of 10 MB has 700,000 lines."""

import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff

WINDOW_LINES = 1_000
"""Lines that are compared at once: a comparison takes time in proportion to the square of their number."""

MAX_WINDOWS = 10
CONTEXT_LINES = 3
"""Equal lines before and after a change."""

CUT = "… more lines differ; they are not shown"

_HUNK = re.compile(r"^@@ -(\d+)(\S*) \+(\d+)(\S*) @@$")


def diff_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Yield the hunks of a unified diff, and CUT where it is longer.

    Texts with the same number of lines are compared window by window. Others have one window: the lines
    behind it need not have the same numbers.
    """
    equal_at_end = _count_equal_at_end(old, new)
    ends = len(old) - equal_at_end, len(new) - equal_at_end
    position = _find_change(old, new, 0)
    for _ in range(MAX_WINDOWS if len(old) == len(new) else 1):
        if position >= max(ends):
            return
        stops = [min(position + WINDOW_LINES, end) for end in ends]
        yield from _diff_window(old, new, position, *stops)
        position = _find_change(old, new, position + WINDOW_LINES)
    if position < max(ends):
        yield CUT


def _find_change(old: Sequence[str], new: Sequence[str], start: int) -> int:
    """Return the place of the first different line from a place on."""
    shorter = min(len(old), len(new))
    return next((place for place in range(start, shorter) if old[place] != new[place]), max(start, shorter))


def _count_equal_at_end(old: Sequence[str], new: Sequence[str]) -> int:
    """Count the lines at the end that both texts have, and that are not among those of the beginning."""
    rest = min(len(old), len(new)) - _find_change(old, new, 0)
    return next((count for count in range(rest) if old[-count - 1] != new[-count - 1]), rest)


def _diff_window(
    old: Sequence[str], new: Sequence[str], start: int, old_stop: int, new_stop: int
) -> Iterator[str]:
    first = max(0, start - CONTEXT_LINES)
    before, after = old[first : old_stop + CONTEXT_LINES], new[first : new_stop + CONTEXT_LINES]
    for line in list(unified_diff(before, after, lineterm="", n=CONTEXT_LINES))[2:]:
        hunk = _HUNK.match(line)
        yield f"@@ -{int(hunk[1]) + first}{hunk[2]} +{int(hunk[3]) + first}{hunk[4]} @@" if hunk else line
