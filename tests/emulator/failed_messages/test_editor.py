"""A payload is edited in a person's own editor."""

import sys

import pytest

from terminal.client import CommandError
from terminal.editing import _edit_in_editor


@pytest.mark.parametrize(
    ("editor", "text"),
    [
        ("false", "the editor ended with status 1: nothing is saved"),
        ("true", "the payload is unchanged: nothing is saved"),
        ("no-such-editor", "no editor no-such-editor: set EDITOR"),
    ],
)
def test_an_editor_that_changes_nothing_saves_nothing(
    monkeypatch: pytest.MonkeyPatch, editor: str, text: str
) -> None:
    """The error says whether the editor failed or the person changed nothing."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)

    with pytest.raises(CommandError, match=f"^{text}$"):
        _edit_in_editor("{}")


def test_an_edited_text_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The editor gets the payload in a file, and what it writes there is the edit."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/1/2/")

    assert _edit_in_editor('{"a": 1}') == '{"a": 2}'
