"""The bytes of a payload as they were sent, with the place marked where they are no valid JSON.

Valid JSON is printed with indentation. Printed again, a payload with a duplicate key or a byte order mark
would look valid beside a failure reason that says otherwise.
"""

import re
from dataclasses import dataclass, field

import jiter

from shared.privacy.masking import escape_disguises

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_SHOWN_BYTES = 50_000
"""Bytes that are shown before and after the marked place."""

_PLACE = re.compile(r"^(?P<rule>.*) at line (?P<line>\d+) column (?P<column>\d+)$", re.DOTALL)
_DUPLICATE_KEY = re.compile(r'^Detected duplicate key "(?P<key>.*)"$', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPayload:
    """A payload that is no valid JSON; `problem` names line, column and rule, and no value."""

    problem: str
    before: str = field(repr=False)
    marked: str = field(repr=False)
    after: str = field(repr=False)


def find_problem(data: bytes) -> SentPayload | None:
    """Return the payload with its first problem marked; None where it is valid JSON."""
    if data.startswith(BYTE_ORDER_MARK):
        return _mark(data, "byte order mark", 0, len(BYTE_ORDER_MARK))
    try:
        jiter.from_json(data, cache_mode="none", catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        return _locate(data, str(error))
    return None


def _locate(data: bytes, error: str) -> SentPayload:
    found = _PLACE.match(error)
    if found is None:
        return _mark(data, "not JSON", 0, 1)
    lines = data.split(b"\n", int(found["line"]) - 1)
    start = len(data) - len(lines[-1]) + int(found["column"]) - 1
    if duplicate := _DUPLICATE_KEY.match(found["rule"]):
        key = b'"' + duplicate["key"].encode() + b'"'
        place = data.rfind(key, 0, start)
        if place >= 0:
            return _mark(data, "duplicate key", place, place + len(key))
        return _mark(data, "duplicate key", start, start + 1)  # the key is written with escapes
    return _mark(data, found["rule"], start, start + 1)


def _mark(data: bytes, rule: str, start: int, end: int) -> SentPayload:
    line = data.count(b"\n", 0, start) + 1
    column = start - data.rfind(b"\n", 0, start)
    return SentPayload(
        problem=f"line {line}, column {column}: {rule}",
        before=_decode(data[max(0, start - MAX_SHOWN_BYTES) : start]),
        marked=_escape_unprintable(data[start:end]) or "(end)",
        after=_decode(data[end : end + MAX_SHOWN_BYTES]),
    )


def _escape_unprintable(part: bytes) -> str:
    text = _decode(part)
    return text if text.isprintable() else "".join(f"\\x{each:02x}" for each in part)


def _decode(part: bytes) -> str:
    return escape_disguises(part.decode(errors="backslashreplace"))
