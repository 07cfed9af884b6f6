"""What is personal in a message, and how it is shown to people: not at all.

A failed message may break every contract, so its fields are known by name alone, wherever they
stand in the payload and however they are spelt. What nobody knows may be personal: of its names and
values only those are shown that are known to be harmless.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from secrets import token_bytes, token_hex
from typing import Any

from pydantic.alias_generators import to_camel

from shared.domain.order import Order
from shared.domain.personal import personal_fields
from shared.domain.stock import Reservation, Stock
from shared.privacy.shown_fields import SHOWN_FIELDS

PERSONAL_FIELDS = frozenset(
    to_camel(name) for kind in (Order, Reservation, Stock) for name in personal_fields(kind)
)
"""Names of the fields that identify a customer, as the contracts spell them."""

MASK = "•••"

LONGEST = 128
"""Characters of a value that is shown: no business id has more."""

TELLING = 4
"""Characters from which on a personal value is looked for in other fields; a shorter one is in many."""

SEARCHED = 10
"""Personal values that are looked for within others, at most: a payload may hold a million."""

_KEY = token_bytes(32)
_FRACTION = f"number-{token_hex(8)}:"
_FRACTIONS = re.compile(f'"{_FRACTION}([-+.0-9eE]+)"')
_NAME = re.compile(r"[A-Za-z_]{1,40}")
"""What a field is called by programmers: an id has digits, an address has more."""


def masked_json(data: bytes, *, ordering_key: str = "", tell_apart: bool = False) -> str | None:
    """Write a payload as indented JSON with all masked that may be personal; None where it is no JSON.

    Shown are the fields of `SHOWN_FIELDS`; where a value is also that of a personal field, or the
    ordering key, which is a customer's id where the producer says so, it is masked even there.
    `tell_apart` gives different values different masks, so that a change can be seen.
    """
    try:
        parsed = _parsed(data)
        personal = frozenset(each for each in personal_values(parsed) if len(str(each)) >= TELLING)
        secrets = personal | ({ordering_key} if ordering_key else frozenset())
        searched = tuple(islice((each for each in secrets if isinstance(each, str)), SEARCHED))
        return indented(_Masking(secrets, searched, _mark if tell_apart else _hide).masked(parsed))
    except (ValueError, RecursionError):
        return None


def masked_name(name: str, place: int) -> str:
    """Tell what a field is called; of what may be a value in the place of a name only which place it is."""
    return f"{MASK} ({place})" if _kind(name) is _Kind.VALUE else name


def readable_json(data: bytes) -> str | None:
    """Write a payload as indented JSON with everything in it; None where it is no JSON."""
    try:
        return indented(_parsed(data))
    except (ValueError, RecursionError):
        return None


def indented(value: Any) -> str:
    """Write JSON for people."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _FRACTIONS.sub(r"\1", text).encode(errors="backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class _Masking:
    secrets: frozenset[Any]
    """Values that are hidden under whatever name."""
    searched: tuple[str, ...]
    """Those of them that are also looked for within other values."""
    mask: Callable[[Any], str]

    def masked(self, value: Any, *, shown: bool = False) -> Any:
        if isinstance(value, dict):
            members = enumerate(value.items(), 1)
            return {self._name(name, place): self._member(name, each) for place, (name, each) in members}
        if isinstance(value, list):
            return [self.masked(each, shown=shown) for each in value]
        if value is None or isinstance(value, bool):
            return value
        return value if shown and self._harmless(value) else self.mask(value)

    def _member(self, name: str, value: Any) -> Any:
        kind = _kind(name)
        return self.mask(value) if kind is _Kind.PERSONAL else self.masked(value, shown=kind is _Kind.SHOWN)

    def _name(self, name: str, place: int) -> str:
        kind = _kind(name)
        known = kind is _Kind.SHOWN or kind is _Kind.PERSONAL
        if known or (kind is _Kind.UNKNOWN and self._harmless(name)):
            return name
        return f"{self.mask(name)} ({place})"

    def _harmless(self, value: Any) -> bool:
        if value in self.secrets:
            return False
        if not isinstance(value, str):
            return True
        return len(value) <= LONGEST and not any(each in value for each in self.searched)


def _parsed(data: bytes) -> Any:
    """Read JSON; fractions stay as they were written, because money is not to change by being looked at."""
    return json.loads(data, parse_float=lambda digits: _FRACTION + digits)


def personal_values(value: Any, *, within: bool = False) -> Iterator[Any]:
    """Find the values of personal fields, and of what is nested in them."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from personal_values(each, within=within or _kind(name) is _Kind.PERSONAL)
    elif isinstance(value, list):
        for each in value:
            yield from personal_values(each, within=within)
    elif within and value is not None:
        yield value


def _hide(_: Any) -> str:
    return MASK


def _mark(value: Any) -> str:
    # Keyed with what only this process knows: ids are few enough to try them all.
    keyed = blake2b(json.dumps(value, sort_keys=True).encode(), key=_KEY, digest_size=3)
    return f"{MASK} {keyed.hexdigest()}"


class _Kind(Enum):
    PERSONAL = auto()
    SHOWN = auto()
    UNKNOWN = auto()
    VALUE = auto()
    """Not what a field is called: rather an id or an address, in the place of a name."""


def _kind(name: str) -> _Kind:
    return _kind_of(name) if len(name) <= LONGEST else _Kind.VALUE


@lru_cache(maxsize=1024)
def _kind_of(name: str) -> _Kind:
    spelling = _spelling(name)
    if spelling in _PERSONAL:
        return _Kind.PERSONAL
    if spelling in _SHOWN:
        return _Kind.SHOWN
    return _Kind.UNKNOWN if _NAME.fullmatch(name) else _Kind.VALUE


def _spelling(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


_PERSONAL = frozenset(_spelling(name) for name in PERSONAL_FIELDS)
_SHOWN = frozenset(_spelling(name) for name in SHOWN_FIELDS)
