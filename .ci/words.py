"""Find the words that the project does not use: `python .ci/words.py [FOLDER]`.

`words.toml` lists them, each with the words to use instead.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
LIST = Path(__file__).with_suffix(".toml")
SEARCHED = (".ci", ".github", "functions", "shared", "terraform", "tests")
SUFFIXES = {
    ".css",
    ".html",
    ".json",
    ".md",
    ".py",
    ".sh",
    ".tf",
    ".tftpl",
    ".tfvars",
    ".toml",
    ".yaml",
    ".yml",
    "",
}
GENERATED = (".git", "__pycache__", ".terraform", "htmx.min.js")
CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Rule(NamedTuple):
    """One entry of the list."""

    pattern: re.Pattern[str]
    allowed: tuple[str, ...]
    say: str


class Finding(NamedTuple):
    """A word that has to go."""

    file: Path
    line: int
    word: str
    say: str


def main(folders: Sequence[str]) -> int:
    """Print every finding; return 1 where there is any."""
    rules = read_rules(LIST)
    searched = [Path(each) for each in folders] or [ROOT]
    found = [
        finding for folder in searched for file in files(folder.resolve()) for finding in search(file, rules)
    ]
    for each in found:
        print(f"{each.file.relative_to(ROOT)}:{each.line}: {each.word!r}: say {each.say}")  # noqa: T201 - a command
    return 1 if found else 0


def read_rules(path: Path) -> list[Rule]:
    """Read the list of words."""
    listed: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    stored = tuple(listed["stored"])
    return [
        Rule(_pattern(each["not"]), (*stored, *each.get("allow", ())), each["say"])
        for each in listed["words"]
    ]


def files(folder: Path) -> Iterator[Path]:
    """Iterate over the texts in a folder that people write."""
    if folder == ROOT:
        parts = [each for each in sorted(ROOT.iterdir()) if each.is_file() or each.name in SEARCHED]
        yield from (file for part in parts for file in files(part))
    elif folder.name in GENERATED or folder == LIST:
        return
    elif folder.is_file():
        if folder.suffix in SUFFIXES:
            yield folder
    else:
        for each in sorted(folder.iterdir()):
            yield from files(each)


def search(file: Path, rules: Sequence[Rule]) -> Iterator[Finding]:
    """Find the words of a list in one file."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    texts = {allowed: _without(allowed, text) for allowed in {rule.allowed for rule in rules}}
    for rule in rules:
        searched = texts[rule.allowed]
        for match in rule.pattern.finditer(searched):
            yield Finding(file, searched.count("\n", 0, match.start()) + 1, match.group(), rule.say)


def _without(allowed: Sequence[str], text: str) -> str:
    for name in allowed:
        text = text.replace(name, "")
    return CAMEL_CASE.sub("_", text)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    alternatives = "|".join(word.replace(" ", r"[\s_-]+(?:#\s+)?") for word in words)
    return re.compile(rf"(?<![a-z])(?:{alternatives})(?![a-z])", re.IGNORECASE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
