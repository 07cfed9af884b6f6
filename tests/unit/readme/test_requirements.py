"""shared/README.md explains each section of the requirements that code and pages cite."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.lab.stack.paths import ROOT
from tests.unit.readme.page import SHARED, marked, rows

CITED = re.compile(r"\brequirements (\d+(?:\.\d+)?)\b")
FOLDERS = ("functions", "shared", "terraform", "tests")
SUFFIXES = (".py", ".md", ".tf", ".yaml", ".html")


def sources() -> Iterator[Path]:
    """Iterate over the files that may cite a section."""
    yield ROOT / "README.md"
    for folder in FOLDERS:
        yield from (file for file in (ROOT / folder).rglob("*") if file.suffix in SUFFIXES)


def test_every_section_that_is_cited_has_its_row() -> None:
    """A reader of "requirements 4.3" finds what it asks for; "requirements 4" names all of its sections."""
    sections = {row[0] for row in rows(marked(SHARED, "requirements"))}
    chapters = {section.partition(".")[0] for section in sections}
    cited = {each for file in sources() for each in CITED.findall(file.read_text(encoding="utf-8"))}
    assert cited - sections - chapters == set()
    assert {"4.3", "10.1"} <= cited
