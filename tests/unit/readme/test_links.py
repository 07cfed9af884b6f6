"""Links, file names and commands on every page lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.stack.demo.story import STORY
from tests.lab.stack.paths import ROOT
from tests.lab.stack.sdk import MINIMUM_JAVA
from tests.unit.readme.page import CONSOLE, CONTRIBUTING, PAGES, README, text

LINK = re.compile(r"\]\(([^)\s]+)\)")
QUOTED_FILE = re.compile(r"`((?:\.ci|\.github|functions|shared|terraform|tests)/[\w./-]*[\w/])`")
COMMAND = re.compile(r"\bmake ([a-z]+)\b")
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MAX_README_LINES = 150

TO_BE_CREATED = {
    "shared/domain/hold_order.py",
    "shared/contracts/order_hold.py",
    "functions/order_hold/main.py",
}
"""Files that the example of a new consumer asks a reader to create."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub derives from a page's headings."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text(page)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def relative_links(page: Path) -> Iterator[tuple[Path, str]]:
    """Iterate over a page's links to files of the project, each with its anchor."""
    for link in LINK.findall(text(page)):
        if not re.match(r"[a-z]+:|\$", link):  # Terraform fills in the addresses of a runbook
            path, _, anchor = link.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


@each_page
def test_every_relative_link_resolves(page: Path) -> None:
    """A link leads to a file or folder of the project, and its anchor to a heading there."""
    for target, anchor in relative_links(page):
        assert target.exists(), target
        assert target.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


@each_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    """A file or folder in code style exists, counted from the project's root."""
    missing = {name for name in QUOTED_FILE.findall(text(page)) if not (ROOT / name).exists()}
    assert missing <= TO_BE_CREATED


@each_page
def test_every_command_exists(page: Path) -> None:
    """The Makefile has each target that a page names."""
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    commands = re.findall(r"`make [^`]*`|^\$ make .*", text(page), re.MULTILINE)
    assert set(COMMAND.findall("\n".join(commands))) <= targets


def test_the_readme_is_short() -> None:
    """A newcomer reads it in a few minutes; details are on the other pages."""
    assert len(text(README).splitlines()) <= MAX_README_LINES


def test_the_readme_leads_to_every_page() -> None:
    """Each folder's own page is linked."""
    linked = {target for target, _ in relative_links(README)}
    folders = {page for page in PAGES if page.parent.parent == ROOT or page == CONSOLE}
    assert folders <= linked


def test_both_lists_of_prerequisites_name_the_oldest_java_that_works() -> None:
    """The pages agree with the check that runs before the stack starts."""
    for page in (README, CONTRIBUTING):
        assert f"Java {MINIMUM_JAVA} or newer" in text(page)


def test_the_readme_shows_messages_of_the_demo() -> None:
    """It has their number, and each line of the sample output is about one of them."""
    steps = [step for scene in STORY for step in scene]
    assert f"publishes {len(steps)} messages" in " ".join(text(README).split())
    story = {step.title for step in steps}
    sample = {line.split("│")[1].strip() for line in text(README).splitlines() if line.startswith("│")}
    assert sample
    assert sample <= story
