"""What is personal in a message, and how it is shown to people: not at all.

A failed message may break every contract, so its fields are known by name alone, wherever they
stand in the payload and however they are spelt.
"""

import json
import re
from collections.abc import Callable
from hashlib import blake2b
from secrets import token_bytes, token_hex
from typing import Any

from pydantic.alias_generators import to_camel

from shared.domain.order import Order
from shared.domain.personal import personal_fields
from shared.domain.stock import Reservation, Stock

PERSONAL_FIELDS = frozenset(
    to_camel(name) for kind in (Order, Reservation, Stock) for name in personal_fields(kind)
)
"""Names of the fields that identify a customer, as the contracts spell them."""

MASK = "•••"

_KEY = token_bytes(32)
_FRACTION = f"number-{token_hex(8)}:"
_FRACTIONS = re.compile(f'"{_FRACTION}([-+.0-9eE]+)"')


def masked_json(data: bytes, *, ordering_key: str = "", tell_apart: bool = False) -> str | None:
    """Write a payload as indented JSON with what is personal masked; None where it is no JSON.

    The ordering key is a customer's id where the producer says so: its value is masked wherever it
    stands. `tell_apart` gives different values different masks, so that a change can be seen.
    """
    try:
        return indented(_masked(_parsed(data), ordering_key, _mark if tell_apart else _hide))
    except (ValueError, RecursionError):
        return None


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


def _parsed(data: bytes) -> Any:
    """Read JSON; fractions stay as they were written, because money is not to change by being looked at."""
    return json.loads(data, parse_float=lambda digits: _FRACTION + digits)


def _masked(value: Any, secret: str, mask: Callable[[Any], str]) -> Any:
    if isinstance(value, dict):
        return {
            name: mask(each) if _personal(name) else _masked(each, secret, mask)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_masked(each, secret, mask) for each in value]
    return mask(value) if secret and value == secret else value


def _hide(_: Any) -> str:
    return MASK


def _mark(value: Any) -> str:
    # Keyed with what only this process knows: ids are few enough to try them all.
    keyed = blake2b(json.dumps(value, sort_keys=True).encode(), key=_KEY, digest_size=3)
    return f"{MASK} {keyed.hexdigest()}"


def _personal(name: str) -> bool:
    return _spelling(name) in _SPELLINGS


def _spelling(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


_SPELLINGS = frozenset(_spelling(name) for name in PERSONAL_FIELDS)
