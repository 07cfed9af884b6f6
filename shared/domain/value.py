"""What the domain is made of: values that never change, compared by what they hold."""

from typing import Any, dataclass_transform

from msgspec import Struct, StructMeta

from shared.domain.personal import personal_fields


class _Frozen(StructMeta):
    """Makes every kind of value as one is meant to be, without repeating it on each class."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any], **options: Any) -> type:
        meant: dict[str, Any] = {"frozen": True, "kw_only": True, "rename": "camel"}
        return super().__new__(cls, name, bases, members, **(meant | options))


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Value(Struct, metaclass=_Frozen, frozen=True):
    """Hold fields, given by name; a changed one is another value (`msgspec.structs.replace`).

    Structs, because an order has many lines: one is made in a tenth of the time that a frozen dataclass
    takes, and is read and written without code of ours. Documents and messages name its fields in camelCase.
    What is personal is not shown.
    """

    def __repr__(self) -> str:
        """Show every field but the personal ones."""
        hidden = personal_fields(type(self))
        shown = (each for each in self.__struct_fields__ if each not in hidden)
        return f"{type(self).__name__}({', '.join(f'{each}={getattr(self, each)!r}' for each in shown)})"
