"""A page that lists the contents of its folder names all of them."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.lab.stack.paths import ROOT
from tests.unit.readme.page import text

NAME = re.compile(r"`([\w.*/]+)`")


def parts(folder: Path) -> set[str]:
    """Return the files and folders in a folder that belong to the project and need words on its page."""
    ignore = folder / ".gitignore"
    ignored = {"README.md", *(text(ignore).split() if ignore.exists() else ())}
    return {each.name for each in folder.iterdir() if not each.name.startswith((".", "_"))} - ignored


@pytest.mark.parametrize(
    ("folder", "only_folders"), [("terraform", False), ("tests", True), ("tests/lab", True)]
)
def test_every_part_of_a_folder_is_on_its_page(folder: str, *, only_folders: bool) -> None:
    """A newcomer finds what each file of Terraform, and each folder of tests, is for."""
    page = ROOT / folder / "README.md"
    named = {each.removeprefix(f"{folder}/").rstrip("/") for each in NAME.findall(text(page))}
    expected = {each for each in parts(page.parent) if (page.parent / each).is_dir() or not only_folders}
    assert {each for each in expected if not any(fnmatch(each, name) for name in named)} == set()
