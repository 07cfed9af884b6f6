"""An entity declares a personal field once, where it keeps it; everything else follows.

Storage encrypts such a field, and the console masks it in every payload, by its name on the wire.
"""

from functools import cache
from typing import Annotated, Any, Final, get_args, get_type_hints


class _Personal:
    """Marks a type in its annotation."""

    def __repr__(self) -> str:
        return "PERSONAL"


PERSONAL: Final = _Personal()

Personal = Annotated[str, PERSONAL]
"""A text that identifies a person, or says something about one."""


@cache
def personal_fields(kind: type) -> tuple[str, ...]:
    """Name the fields of a kind of value that are personal."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(name for name, hint in hints.items() if _is_personal(hint))


def _is_personal(hint: Any) -> bool:
    return PERSONAL in getattr(hint, "__metadata__", ()) or any(map(_is_personal, get_args(hint)))
