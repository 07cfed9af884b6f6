"""The difference of two texts is that of `difflib`, and is found for a payload of any size."""

from difflib import unified_diff

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.failed_messages.payload_diff import CUT, MAX_WINDOWS, WINDOW_LINES, diff_lines

LINES = st.lists(st.sampled_from("abc"), max_size=12)


@given(before=LINES, old=LINES, new=LINES, after=LINES)
def test_a_small_difference_is_applied_to_the_old_text(
    before: list[str], old: list[str], new: list[str], after: list[str]
) -> None:
    """The removed lines are those of the old text, the added ones those of the new text, in order."""
    shown = list(diff_lines([*before, *old, *after], [*before, *new, *after]))

    assert apply([*before, *old, *after], shown) == [*before, *new, *after]
    assert CUT not in shown


def test_one_change_is_shown_as_difflib_shows_it() -> None:
    """Also in the middle of many equal lines, with its numbers."""
    old = [f"line {number}" for number in range(50_000)]
    new = [*old[:30_000], "another", *old[30_001:]]

    assert list(diff_lines(old, new)) == list(unified_diff(old, new, lineterm=""))[2:]


def test_changes_far_apart_are_all_shown() -> None:
    """Between them are more lines than are compared at once."""
    old = [f"line {number}" for number in range(300_000)]
    new = ["first", *old[1:-1], "last"]

    assert [line for line in diff_lines(old, new) if line[0] in "+-"] == [
        *("-line 0", "+first"),
        *("-line 299999", "+last"),
    ]


@pytest.mark.parametrize("added", [0, 1])
def test_a_long_difference_is_cut(added: int) -> None:
    """A change of every line shows the first ones and says that there are more."""
    old = [f"line {number}" for number in range(WINDOW_LINES * (MAX_WINDOWS + 2))]
    new = [*(f"other {number}" for number in range(len(old) + added))]

    shown = list(diff_lines(old, new))

    removed = [line for line in shown if line.startswith("-")]
    assert shown[-1] == CUT
    assert WINDOW_LINES <= len(removed) < (WINDOW_LINES + 9) * (1 if added else MAX_WINDOWS)


def apply(old: list[str], hunks: list[str]) -> list[str]:
    """Apply the hunks of a unified diff."""
    new, place = [], 0
    for line in hunks:
        if line.startswith("@@"):
            start, _, length = line.split()[1][1:].partition(",")
            first = int(start) - (length != "0")
            new += old[place:first]
            place = first
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            assert old[place] == line[1:]
            new += [line[1:]] if line.startswith(" ") else []
            place += 1
    return [*new, *old[place:]]
