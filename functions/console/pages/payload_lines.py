"""The lines of a payload that break a rule: found by the fields that the failure reason names."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MAX_SHOWN_RULES = 20
"""Rules that are shown with their line."""

MAX_EXCERPT_LENGTH = 120
"""Characters of a line that are shown."""

Path = tuple[str | int, ...]
"""The steps to a value: names and positions."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule that a payload breaks; the line counts from 1, and is None where the field is not found."""

    text: str
    line: int | None
    excerpt: str = ""


def find_broken_rules(text: str, detail: str) -> tuple[BrokenRule, ...]:
    """Find the line of each rule in a failure reason's detail ("field: rule; field: rule")."""
    syntax = _syntax_error(text)
    if syntax is not None:
        return (_build_broken_rule(text, syntax.msg, syntax.pos),)
    parts = [part for part in detail.split("; ") if part][:MAX_SHOWN_RULES]
    offsets = find_offsets(text, [_parse_steps(part) for part in parts])
    return tuple(_build_broken_rule(text, part, offset) for part, offset in zip(parts, offsets, strict=True))


def find_offsets(text: str, paths: Sequence[Path]) -> list[int | None]:
    """Return the offset of each value in JSON text, or of the deepest part of its path that is there.

    The text is read once for all paths: 10 MB take more than a second.
    """
    found = _find_values(text, {path[: depth + 1] for path in paths for depth in range(len(path))})
    return [
        next((found[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in found), None)
        for path in paths
    ]


def line_number(text: str, offset: int) -> int:
    """Return the number of the line with an offset; the first one is 1."""
    return text.count("\n", 0, offset) + 1


def _find_values(text: str, wanted: set[Path]) -> dict[Path, int]:
    """Return the offset of the first value at each wanted path."""
    found: dict[Path, int] = {}
    longest = max(map(len, wanted), default=0)
    for steps, start in _iter_values(text):
        if len(found) == len(wanted):
            break
        if len(steps) <= longest and (path := tuple(steps)) in wanted:
            found.setdefault(path, start)
    return found


def _iter_values(text: str) -> Iterator[tuple[list[Any], int]]:
    """Yield path and offset of every value of valid JSON, in order; of a member, the offset of its name."""
    path: list[Any] = []
    in_arrays: list[bool] = []  # of each open array or object, whether it is an array
    named_at: int | None = None  # the offset of the name before the next value
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == ":":
            continue
        if word in "}]":
            in_arrays.pop()
            path.pop()
        elif word == ",":
            if in_arrays[-1]:
                path[-1] += 1
        elif in_arrays and not in_arrays[-1] and named_at is None:
            path[-1], named_at = json.loads(word), token.start()
        else:
            yield path, token.start() if named_at is None else named_at
            named_at = None
            if word in "{[":
                in_arrays.append(word == "[")
                path.append(0 if word == "[" else None)


def _parse_steps(part: str) -> Path:
    """Split "lineItems.3.quantity: rule" into the steps to its value."""
    field = part.partition(": ")[0]
    return tuple(int(step) if step.isdecimal() else step for step in field.split("."))


def _syntax_error(text: str) -> json.JSONDecodeError | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error
    except (ValueError, RecursionError):
        return None
    return None


def _build_broken_rule(text: str, rule: str, offset: int | None) -> BrokenRule:
    if offset is None:
        return BrokenRule(text=rule, line=None)
    rest = text[text.rfind("\n", 0, offset) + 1 :]
    excerpt = rest.partition("\n")[0].strip()[:MAX_EXCERPT_LENGTH]
    return BrokenRule(text=rule, line=line_number(text, offset), excerpt=excerpt)
