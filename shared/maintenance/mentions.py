"""Search of a customer id in any content: plain text, JSON with escapes, numbers, truncated JSON."""

import re
from collections.abc import Iterator
from decimal import Decimal
from unicodedata import normalize

from shared.contracts.field_types import normalize_text

MAX_NESTED_ESCAPES = 3
"""Levels of JSON inside a text of JSON that are searched."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED_PLAINLY = '"\\/'
"""Characters that JSON writes behind a backslash as they are."""

_NUMBER = re.compile(
    r'(?<![\w."+-])(?=\d)0*+(?P<rest>\d{0,500}+(?:\.\d{0,500}+)?(?:e[+-]?\d{1,3})?)(?![\w."])',
    re.ASCII | re.IGNORECASE,
)
"""A number outside quotes. One in quotes is a text, and 0012 is another id than 12 there."""


def mentions(content: bytes, customer: str) -> bool:
    """Return whether content has a customer id, in any spelling of JSON, but not as a part of another id."""
    wanted = normalize_text(customer)
    written = content.decode(errors="replace")
    if _is_number(wanted) and _has_number(written, Decimal(wanted)):
        return True
    pattern = _pattern(wanted)
    return any(pattern.search(_compose(each)) for each in _readings(written))


def _pattern(wanted: str) -> re.Pattern[str]:
    # An amount of 12345.67 is no mention of the customer 12345.
    before, after = (r"(?<!\d\.)", r"(?!\.\d)") if wanted.isdecimal() else ("", "")
    return re.compile(rf"(?<![\w-]){before}{re.escape(wanted)}{after}(?![\w-])", re.ASCII)


def _is_number(wanted: str) -> bool:
    """Return whether a producer may write the id as a number: 0012 is a text, because 12 is another id."""
    return wanted.isascii() and wanted.isdecimal() and len(wanted) <= 500 and not wanted.startswith("0")


def _has_number(written: str, wanted: Decimal) -> bool:
    return any(Decimal(f"0{found['rest']}") == wanted for found in _NUMBER.finditer(written))


def _readings(written: str) -> Iterator[str]:
    """Yield a text as it is written, and as a reader sees it who undoes the escapes once, twice, ..."""
    yield written
    for _ in range(MAX_NESTED_ESCAPES):
        read = _unescape(written)
        if read == written:
            return
        yield read
        written = read


def _compose(text: str) -> str:
    """Write accents alike, whether a producer composes them or not."""
    return normalize("NFC", text)


def _unescape(text: str) -> str:
    """Undo the escapes of JSON, which may write any character as one; control characters become spaces."""
    plain = _ESCAPE.sub(_escaped_character, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped_character(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return found[2] if found[2] in _ESCAPED_PLAINLY else " "
