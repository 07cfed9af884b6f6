"""Whom a message speaks of, so that it is found when they ask to be forgotten."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import jiter

from shared.privacy.masking import personal_values

UNTOLD = "\0"
"""Stands among those whom a message names where it may speak of others: it has to be looked at."""

MOST = 50
"""People a message names one by one: what names more is hostile or broken."""

LONGEST = 500
"""Characters of what may identify somebody; longer than any contract takes."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def whose(data: bytes, ordering_key: str = "", attributes: Mapping[str, str] = NOTHING) -> frozenset[str]:
    """Name whom a message's personal fields and its ordering key name, whatever else is wrong with it."""
    named = _named(data) | _values({**attributes}) | ({ordering_key} if ordering_key else frozenset())
    short = frozenset(each for each in named if len(each) <= LONGEST)
    untold = len(short) < len(named) or len(short) > MOST
    return (short if len(short) <= MOST else frozenset()) | ({UNTOLD} if untold else frozenset())


def _named(data: bytes) -> frozenset[str]:
    try:
        parsed = jiter.from_json(data, cache_mode="none", catch_duplicate_keys=True)
    except ValueError:
        return frozenset({UNTOLD})
    return _values(parsed)


def _values(told: Any) -> frozenset[str]:
    return frozenset(str(each) for each in personal_values(told))
