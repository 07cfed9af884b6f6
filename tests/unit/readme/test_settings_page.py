"""shared/SETTINGS.md agrees with the code on every environment variable."""

import re
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from shared.settings import ConsoleSettings, KeysetSettings, Settings, Subscription
from tests.lab.stack.paths import ROOT
from tests.unit.readme.page import SETTINGS, marked, rows

READERS = (KeysetSettings, Settings, ConsoleSettings)
"""Each has the fields of those before it."""

READ = re.compile(r'environ(?:\.get\(|\[)"([A-Z_]+)"')
CODE = ("functions", "tests/browser", "tests/lab/stack", "tests/terraform")


def default_of(field: FieldInfo) -> str:
    """Return a default as the page writes it."""
    if field.is_required():
        return "required"
    default: Any = field.default
    if default in (None, "", (), {}):
        return "none"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def test_every_setting_has_its_default_and_reader() -> None:
    """The table has the fields of the settings in their order, each with the first class that has it."""
    expected: dict[str, tuple[str, str]] = {}
    for reader in READERS:
        for field in reader.model_fields.values():
            expected.setdefault(f"`{field.alias}`", (default_of(field), f"`{reader.__name__}`"))

    listed = [(row[0], (row[1], row[2])) for row in rows(marked(SETTINGS, "settings"))]

    assert listed == list(expected.items())


def test_the_page_lists_what_is_set_for_a_subscription() -> None:
    """The row of `SUBSCRIPTIONS` has every field that its JSON may have."""
    (meaning,) = (row[3] for row in rows(marked(SETTINGS, "settings")) if row[0] == "`SUBSCRIPTIONS`")
    assert set(re.findall(r"`(\w+)`", meaning)) == set(Subscription.model_fields)


@pytest.mark.parametrize("row", rows(marked(SETTINGS, "commands")), ids=lambda row: str(row[0]))
def test_a_variable_of_commands_and_tests_is_read_where_the_page_says(row: list[str]) -> None:
    """The named file contains the variable's name."""
    variable, _, reader, _ = (cell.strip("`") for cell in row)
    assert f'"{variable}"' in (ROOT / reader).read_text(encoding="utf-8")


def test_every_variable_that_is_read_by_name_is_on_the_page() -> None:
    """No command, stack or test fixture reads a variable that the page does not list."""
    read = {
        name
        for folder in CODE
        for file in (ROOT / folder).rglob("*.py")
        for name in READ.findall(file.read_text(encoding="utf-8"))
    }
    listed = {row[0].strip("`") for part in ("settings", "commands") for row in rows(marked(SETTINGS, part))}

    assert read - {"PYTHONPATH"} <= listed
