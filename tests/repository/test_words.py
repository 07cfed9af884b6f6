"""The check of words finds what its list names, wherever people write."""

from pathlib import Path
from typing import Any

import pytest

from tests.repository.ci_scripts import load

LIST = """
stored = ["/zebra-path"]
[[words]]
not = ["zebras?", "striped horse"]
say = "horse"
allow = ["zebra crossing"]
"""


@pytest.fixture(scope="module")
def words() -> Any:
    """Return the check."""
    return load("words")


@pytest.fixture
def rules(words: Any, tmp_path: Path) -> Any:
    """Return the rules of a list with one entry."""
    file = tmp_path / "words.toml"
    file.write_text(LIST)
    return words.read_rules(file)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zebras run.", ["Zebras"]),
        ("_zebra = ZebraBox(old_zebra)", ["zebra", "Zebra", "zebra"]),
        ("class MyZebra: ...", ["Zebra"]),
        ("a striped\nhorse, a striped_horse", ["striped\nhorse", "striped_horse"]),
        ("# a striped\n# horse", ["striped\n# horse"]),
        ("a zebra crossing on /zebra-path", []),
        ("zebrafish and horses", []),
    ],
)
def test_a_word_is_found_in_any_form(
    words: Any, rules: Any, tmp_path: Path, text: str, found: list[str]
) -> None:
    """Sentences and identifiers are searched; longer words, allowed phrases and stored names pass."""
    file = tmp_path / "page.md"
    file.write_text(text)
    assert [each.word for each in words.search(file, rules)] == found


def test_a_finding_names_its_line_and_the_word_to_use(words: Any, rules: Any, tmp_path: Path) -> None:
    """The second line's word is reported there, with the replacement."""
    file = tmp_path / "page.md"
    file.write_text("ManyCamelCasedHorses.\nA zebra.\n")
    assert [(each.line, each.say) for each in words.search(file, rules)] == [(2, "horse")]


def test_every_kind_of_text_is_searched(words: Any) -> None:
    """Code, documents, templates, Terraform, the Makefile and the gate are searched; the list is not."""
    searched = {str(each.relative_to(words.ROOT)) for each in words.files(words.ROOT)}
    assert searched >= {
        *("README.md", "Makefile", "shared/errors.py", "functions/console/templates/denied.html"),
        *("terraform/pubsub.tf", "terraform/topology.yaml", "tests/conftest.py", ".ci/run"),
    }
    assert not searched & {".ci/words.toml", "uv.lock", "functions/console/static/htmx.min.js"}
