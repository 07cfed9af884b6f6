"""Lists too long for one answer."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list, and where the next begins: None where this is the last."""

    items: tuple[Item, ...]
    next: str | None = None
