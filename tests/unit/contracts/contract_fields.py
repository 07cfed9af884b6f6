"""Every contract of a message, and every field of it, found in the models themselves."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Gt
from pydantic import AwareDatetime, PlainSerializer

import shared.contracts
from shared.contracts.contract import Contract


class Kind(Enum):
    """What JSON a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    PERCENTAGE = "percentage"
    AMOUNT = "amount"
    FLAG = "flag"
    MEMBER = "member"
    MOMENT = "moment"
    LIST = "list"
    OBJECT = "object"


KINDS: dict[Any, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    Decimal: Kind.PERCENTAGE,
    bool: Kind.FLAG,
    AwareDatetime: Kind.MOMENT,
}


@dataclass(frozen=True)
class Field:
    """One field of a contract, or the first item of a list.

    Attributes:
        path: the steps to it from the payload's root, names as they are written in JSON.
        lower: what it must be greater than, or equal to; None where it has no bound.
        attribute: it comes with the message's attributes.
    """

    contract: type[Contract]
    path: tuple[str | int, ...]
    kind: Kind
    required: bool
    nullable: bool
    lower: Ge | Gt | None
    attribute: bool

    @property
    def name(self) -> str:
        """Write the path as errors do."""
        return ".".join(str(step) for step in self.path)


def message_contracts() -> list[type[Contract]]:
    """Find the contracts that become commands, in every module of `shared.contracts`."""
    for module in pkgutil.iter_modules(shared.contracts.__path__, "shared.contracts."):
        importlib.import_module(module.name)
    return sorted(
        (each for each in _contracts() if hasattr(each, "to_command")), key=lambda each: each.__name__
    )


def fields_of(contract: type[Contract]) -> list[Field]:
    """Find every field of a contract, those of its parts included."""
    return list(_fields(contract, contract, ()))


def objects_of(contract: type[Contract]) -> list[tuple[str | int, ...]]:
    """Find the paths of every object in a payload, the payload first."""
    return [(), *(each.path for each in fields_of(contract) if each.kind is Kind.OBJECT)]


def _contracts(parent: type[Contract] = Contract) -> Iterator[type[Contract]]:
    for each in parent.__subclasses__():
        if each.__module__.startswith("shared.contracts."):
            yield each
        yield from _contracts(each)


def _fields(contract: type[Contract], part: type[Contract], path: tuple[str | int, ...]) -> Iterator[Field]:
    for name, info in part.model_fields.items():
        declared = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        yield from _described(
            contract,
            declared,
            (*path, info.alias or name),
            required=info.is_required(),
            attribute=(info.alias or name) in part.attribute_fields,
        )


def _described(
    contract: type[Contract], declared: Any, path: tuple[str | int, ...], *, required: bool, attribute: bool
) -> Iterator[Field]:
    kind, rules, nullable = _unwrapped(declared)
    yield Field(
        contract=contract,
        path=path,
        kind=Kind.AMOUNT if _is_amount(rules) else _kind(kind),
        required=required,
        nullable=nullable,
        lower=next((rule for rule in rules if isinstance(rule, Ge | Gt)), None),
        attribute=attribute,
    )
    if get_origin(kind) is tuple:
        yield from _described(contract, get_args(kind)[0], (*path, 0), required=False, attribute=False)
    elif isinstance(kind, type) and issubclass(kind, Contract):
        yield from _fields(contract, kind, path)


def _unwrapped(declared: Any) -> tuple[Any, list[Any], bool]:
    """Take a type out of its annotations and its `| None`."""
    rules: list[Any] = []
    nullable = False
    while True:
        if get_origin(declared) is Annotated:
            declared, *more = get_args(declared)
            rules += [rule for each in more for rule in getattr(each, "metadata", [each])]
        elif get_origin(declared) in {Union, UnionType}:
            nullable = True
            (declared,) = (each for each in get_args(declared) if each is not NoneType)
        else:
            return declared, rules, nullable


def _is_amount(rules: list[Any]) -> bool:
    """Return whether a decimal has a serializer of its own, as amounts have."""
    return any(isinstance(rule, PlainSerializer) for rule in rules)


def _kind(kind: Any) -> Kind:
    if get_origin(kind) is tuple:
        return Kind.LIST
    if issubclass(kind, Contract):
        return Kind.OBJECT
    return Kind.MEMBER if issubclass(kind, StrEnum) else KINDS[kind]
