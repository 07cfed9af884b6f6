"""shared/README.md agrees with the code on rooms, and its reader's paths lead to files that exist."""

import re
import tomllib

import pytest

from shared import failed_messages
from tests.lab.stack.paths import ROOT
from tests.unit.readme.page import SHARED, marked, rows

MAX_FILES = 8
"""Files of one path that a reader needs for its business part."""

STEP = re.compile(r"^\d+\. \[`([^`]+)`\]\(([^)]+)\)", re.MULTILINE)


def paths() -> dict[str, list[tuple[str, str]]]:
    """Return each path's steps by its title: the name of a file, and the link to it."""
    parts = re.split(r"^### (.+)\n", marked(SHARED, "paths"), flags=re.MULTILINE)[1:]
    return {title: STEP.findall(steps) for title, steps in zip(parts[::2], parts[1::2], strict=True)}


def test_rooms_have_the_levels_that_imports_obey() -> None:
    """The table lists import-linter's layers, from the highest level to the lowest."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = config["tool"]["importlinter"]["contracts"][0]
    layers = contract["layers"]
    expected = [
        [str(len(layers) - position), f"`{room}`"]
        for position, layer in enumerate(layers)
        for room in layer.split(" | ")
    ]

    assert contract["containers"] == ["shared"]
    assert [row[:2] for row in rows(marked(SHARED, "rooms"))] == expected


def test_the_largest_room_lists_its_modules() -> None:
    """Its first lines have a place for each of its modules."""
    listed = set(re.findall(r"\w+", failed_messages.__doc__ or ""))
    modules = {file.stem for file in (ROOT / "shared" / "failed_messages").glob("*.py")} - {"__init__"}
    assert modules <= listed


def test_there_is_a_path_for_a_message_a_failure_and_a_replay() -> None:
    """A reader finds the three ways through the code."""
    assert list(paths()) == [
        "An order is created",
        "A message is dead-lettered",
        "A failed message is replayed",
    ]


@pytest.mark.parametrize("title", paths())
def test_a_path_is_short_and_leads_to_files(title: str) -> None:
    """A path has eight files at most; each exists under its name and behind its link."""
    steps = paths()[title]

    assert 3 <= len(steps) <= MAX_FILES
    for name, link in steps:
        assert (ROOT / name).is_file()
        assert (SHARED.parent / link).resolve() == ROOT / name
