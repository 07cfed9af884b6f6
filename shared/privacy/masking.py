"""Masking of payloads for people: personal and unknown values are hidden, harmless ones are shown."""

import json
import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from secrets import token_bytes, token_hex
from typing import Any
from unicodedata import normalize

from shared.privacy.field_kinds import FieldKind, field_kind, personal_values, plain_number

MASK = "•••"

MAX_SHOWN_LENGTH = 128
"""Characters of a value that is shown: no business id has more."""

MIN_SECRET_LENGTH = 4
"""Characters of a personal value that is also hidden in other fields; shorter ones match too much."""

MAX_SEARCHED_SECRETS = 10
"""Personal values that are searched within other values: a payload may hold a million."""

_DISGUISING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that no JSON escapes and that change how the text around them looks."""

_PROCESS_KEY = token_bytes(32)
_FRACTION = f"number-{token_hex(8)}:"
_FRACTIONS = re.compile(f'"{_FRACTION}([-+.0-9eE]+)"')


def mask_json(
    data: bytes, *, ordering_key: str = "", distinct_masks: bool = False, other: bytes = b""
) -> str | None:
    """Return a payload as indented JSON, masked; None where it is not JSON.

    The fields of `SHOWN_FIELDS` are shown, except where their value is also that of a personal field or the
    ordering key, which may be a customer id: in upper case or lower case, as a number or a text. With
    `distinct_masks`, different values get different masks, so a reader can see that a value changed. `other`
    is a version of the payload with personal values to hide as well.
    """
    try:
        parsed = _parse(data)
        secrets = {*_find_secrets(parsed), *_find_secrets(_parse_if_json(other)), _text(ordering_key)} - {""}
        searched = tuple(islice(secrets, MAX_SEARCHED_SECRETS))
        masking = _Masking(secrets, searched, _distinct_mask if distinct_masks else _plain_mask)
        return indent_json(masking.mask_tree(parsed))
    except (ValueError, RecursionError):
        return None


def mask_name(name: str, position: int) -> str:
    """Return a field's name, or its position where the name may itself be a personal value."""
    return f"{MASK} ({position})" if field_kind(name) is FieldKind.VALUE else name


def format_json(data: bytes) -> str | None:
    """Return a payload as indented JSON, unmasked; None where it is not JSON."""
    try:
        return indent_json(_parse(data))
    except (ValueError, RecursionError):
        return None


def indent_json(value: Any) -> str:
    """Format JSON for people, with fractions in the digits they came with."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return escape_disguises(_FRACTIONS.sub(r"\1", text).encode(errors="backslashreplace").decode())


def escape_disguises(text: str) -> str:
    """Escape characters that make a text look like another one, as JSON escapes them."""
    return _DISGUISING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@dataclass(frozen=True, slots=True)
class _Masking:
    secrets: AbstractSet[str]
    """Values to hide in every field, as `_text` writes them."""
    searched: tuple[str, ...]
    """Secrets to search within other values."""
    mask: Callable[[Any], str]

    def mask_tree(self, value: Any, *, shown: bool = False) -> Any:
        if isinstance(value, dict):
            members = enumerate(value.items(), 1)
            return {
                self._name(name, position): self._member(name, each) for position, (name, each) in members
            }
        if isinstance(value, list):
            return [self.mask_tree(each, shown=shown) for each in value]
        if value is None or isinstance(value, bool):
            return value
        return value if shown and self._is_harmless(value) else self.mask(value)

    def _member(self, name: str, value: Any) -> Any:
        kind = field_kind(name)
        if kind is FieldKind.PERSONAL:
            return self.mask(value)
        return self.mask_tree(value, shown=kind is FieldKind.SHOWN)

    def _name(self, name: str, position: int) -> str:
        kind = field_kind(name)
        known = kind is FieldKind.SHOWN or kind is FieldKind.PERSONAL
        if known or (kind is FieldKind.UNKNOWN and self._is_harmless(name)):
            return name
        return f"{self.mask(name)} ({position})"

    def _is_harmless(self, value: Any) -> bool:
        text = _text(value)
        if not isinstance(value, str):  # a quantity may equal a short ordering key
            return len(text) < MIN_SECRET_LENGTH or text not in self.secrets
        if text in self.secrets or len(value) > MAX_SHOWN_LENGTH:
            return False
        return not any(each in text for each in self.searched)


def _parse(data: bytes) -> Any:
    """Parse JSON and keep fractions as their digits: a display must not round money."""
    return json.loads(data, parse_float=lambda digits: _FRACTION + digits)


def _text(value: Any) -> str:
    """Write a value so that the same id is the same text, as any number or in upper case, too."""
    return plain_number(normalize("NFC", str(value).removeprefix(_FRACTION)).strip().casefold())


def _find_secrets(parsed: Any) -> Iterator[str]:
    personal = (_text(each) for each in personal_values(parsed) if not isinstance(each, bool))
    return (each for each in personal if len(each) >= MIN_SECRET_LENGTH)


def _parse_if_json(data: bytes) -> Any:
    try:
        return _parse(data)
    except (ValueError, RecursionError):
        return None


def _plain_mask(_: Any) -> str:
    return MASK


def _distinct_mask(value: Any) -> str:
    # Keyed with a secret of this process: ids are few enough to try them all against a plain hash.
    keyed = blake2b(json.dumps(value, sort_keys=True).encode(), key=_PROCESS_KEY, digest_size=3)
    return f"{MASK} {keyed.hexdigest()}"
