"""Texts that a person types into a form or a program sends to the API."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from shared.failed_messages.transitions import MAX_REASON_LENGTH

MAX_NOTE_LENGTH = 2000


def _unify_newlines(given: object) -> object:
    """Count a line break once, as the browser's `maxlength` does: a form sends two characters for it."""
    return given.replace("\r\n", "\n") if isinstance(given, str) else given


# A length also makes pydantic refuse half of a surrogate pair, which JSON may hold and no store takes.
Reason = Annotated[str, Field(max_length=MAX_REASON_LENGTH), BeforeValidator(_unify_newlines)]
Note = Annotated[str, Field(max_length=MAX_NOTE_LENGTH), BeforeValidator(_unify_newlines)]
