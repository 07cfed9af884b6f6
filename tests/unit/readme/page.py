"""Read parts of the project's pages."""

import re
from pathlib import Path
from textwrap import dedent

from tests.lab.stack.paths import ROOT

README = ROOT / "README.md"
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
FUNCTIONS = ROOT / "functions" / "README.md"
CONSOLE = ROOT / "functions" / "console" / "README.md"
SHARED = ROOT / "shared" / "README.md"
SETTINGS = ROOT / "shared" / "SETTINGS.md"

FOLDERS = (".github", "functions", "shared", "terraform", "tests")
PAGES = (README, *(page for folder in FOLDERS for page in sorted((ROOT / folder).rglob("*.md"))))
"""Every page of the project."""


def text(page: Path) -> str:
    """Return the whole page."""
    return page.read_text(encoding="utf-8")


def section(page: Path, title: str) -> str:
    """Return what follows a heading of the second level, up to the next one."""
    return text(page).split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def marked(page: Path, name: str) -> str:
    """Return the part between the two comments of a name."""
    return re.split(rf"<!-- {name}: [^>]*-->\n|<!-- /{name} -->", text(page))[1]


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of a table's rows, without its head."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def blocks(markdown: str, language: str) -> list[str]:
    """Return the code blocks of a language, without their indentation."""
    return [dedent(code) for code in re.findall(rf"```{language}\n(.*?)```", markdown, re.DOTALL)]
