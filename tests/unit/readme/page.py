"""The README, in pieces."""

import re
from textwrap import dedent

from tests.lab.stack.paths import ROOT


def text() -> str:
    """Return all of it."""
    return (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return what stands under a heading of the second level."""
    return text().split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def marked(name: str) -> str:
    """Return what stands between a part's two comments."""
    return re.split(rf"<!-- {name}: [^>]*-->\n|<!-- /{name} -->", text())[1]


def blocks(markdown: str, language: str) -> list[str]:
    """Return the code blocks of a language, without their indentation."""
    return [dedent(code) for code in re.findall(rf"```{language}\n(.*?)```", markdown, re.DOTALL)]
