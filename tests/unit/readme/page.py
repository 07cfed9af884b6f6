"""Read parts of the project's pages."""

import re
from pathlib import Path
from textwrap import dedent

from tests.lab.stack.paths import ROOT

FUNCTIONS = ROOT / "functions" / "README.md"


def text(page: Path) -> str:
    """Return the whole page."""
    return page.read_text(encoding="utf-8")


def section(page: Path, title: str) -> str:
    """Return what follows a heading of the second level, up to the next one."""
    return text(page).split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def marked(page: Path, name: str) -> str:
    """Return the part between the two comments of a name."""
    return re.split(rf"<!-- {name}: [^>]*-->\n|<!-- /{name} -->", text(page))[1]


def blocks(markdown: str, language: str) -> list[str]:
    """Return the code blocks of a language, without their indentation."""
    return [dedent(code) for code in re.findall(rf"```{language}\n(.*?)```", markdown, re.DOTALL)]
