"""The lines of a payload that break a rule: found by the fields that the failure reason names."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_SHOWN_RULES = 20
"""Rules that are shown with their line."""

MAX_EXCERPT_LENGTH = 120
"""Characters of a line that are shown."""

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
        return (_build_broken_rule(text, syntax.msg, syntax.lineno),)
    parts = [part for part in detail.split("; ") if part][:MAX_SHOWN_RULES]
    return tuple(_build_broken_rule(text, part, find_line(text, _parse_steps(part))) for part in parts)


def find_line(text: str, steps: Sequence[str | int]) -> int | None:
    """Return the line of a value in JSON text, or of the deepest part of its path that is there."""
    best, found = 0, None
    for path, start in _iter_values(text):
        common = len(path)
        if best < common <= len(steps) and list(steps[:common]) == path:
            best, found = common, start
            if common == len(steps):
                break
    return None if found is None else text.count("\n", 0, found) + 1


def _iter_values(text: str) -> Any:
    """Yield the path and the offset of every value, in order; of a member, the offset of its name."""
    path: list[Any] = []
    arrays: list[bool] = []
    named: tuple[str, int] | None = None
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == ":":
            continue
        if word in "}]":
            arrays.pop()
            path.pop()
            continue
        if word == ",":
            if arrays[-1]:
                path[-1] += 1
            named = None
            continue
        if arrays and not arrays[-1] and named is None and word[0] == '"':
            named = json.loads(word), token.start()
            path[-1] = named[0]
            continue
        yield path, named[1] if named else token.start()
        named = None
        if word in "{[":
            arrays.append(word == "[")
            path.append(0 if word == "[" else None)


def _parse_steps(part: str) -> list[str | int]:
    """Split "lineItems.3.quantity: rule" into the steps to its value."""
    field = part.partition(": ")[0]
    return [int(step) if step.isdecimal() else step for step in field.split(".")]


def _syntax_error(text: str) -> json.JSONDecodeError | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error
    except (ValueError, RecursionError):
        return None
    return None


def _build_broken_rule(text: str, rule: str, line: int | None) -> BrokenRule:
    if line is None:
        return BrokenRule(text=rule, line=None)
    excerpt = text.split("\n", line)[line - 1].strip()[:MAX_EXCERPT_LENGTH]
    return BrokenRule(text=rule, line=line, excerpt=excerpt)
