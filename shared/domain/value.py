"""What the domain is made of: values that never change, compared by what they hold."""

from typing import Any, dataclass_transform

from msgspec import Struct, StructMeta

from shared.domain.personal import personal_fields


class _Frozen(StructMeta):
    """Makes every subclass of `Value` frozen, keyword-only and camelCase on the wire."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any], **options: Any) -> type:
        meant: dict[str, Any] = {"frozen": True, "kw_only": True, "rename": "camel"}
        return super().__new__(cls, name, bases, members, **(meant | options))


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Value(Struct, metaclass=_Frozen, frozen=True):
    """An immutable set of fields; `msgspec.structs.replace` makes a changed copy.

    Structs, because an order has many lines: a struct is made in a tenth of the time of a frozen dataclass.
    msgspec reads and writes it. The representation hides personal fields.
    """

    def __repr__(self) -> str:
        """Show every field but the personal ones."""
        hidden = personal_fields(type(self))
        shown = (each for each in self.__struct_fields__ if each not in hidden)
        return f"{type(self).__name__}({', '.join(f'{each}={getattr(self, each)!r}' for each in shown)})"
