"""The customers that a message is about, stored with it so that an erasure finds it."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

import jiter

from shared.contracts.field_types import normalize_text
from shared.privacy.field_kinds import personal_values, plain_number

UNKNOWN_SUBJECT = "\0"
"""Stands for customers that an unreadable part may name: every erasure must decrypt such a message."""

MAX_SUBJECTS = 50
"""Customers listed for one message; a message with more is hostile or broken."""

MAX_CUSTOMER_ID_LENGTH = 500
"""Characters of a customer id; no contract accepts a longer one."""

NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})


def find_data_subjects(
    data: bytes, ordering_key: str = "", attributes: Mapping[str, str] = NO_ATTRIBUTES
) -> frozenset[str]:
    """Return the customers in a message's personal fields, attributes and ordering key.

    They are written as the contracts write them, so a search for an order's customer finds them. Invalid
    messages are accepted. UNKNOWN_SUBJECT is added where the result may be incomplete.
    """
    named = _subjects_of_payload(data) | _subjects({**attributes})
    if ordering_key:
        named |= {normalize_text(ordering_key)}
    short = frozenset(each for each in named if len(each) <= MAX_CUSTOMER_ID_LENGTH)
    incomplete = len(short) < len(named) or len(short) > MAX_SUBJECTS
    listed = short if len(short) <= MAX_SUBJECTS else frozenset()
    return listed | ({UNKNOWN_SUBJECT} if incomplete else frozenset())


def _subjects_of_payload(data: bytes) -> frozenset[str]:
    try:
        parsed = jiter.from_json(data, cache_mode="none", float_mode="decimal", catch_duplicate_keys=True)
    except ValueError:
        return frozenset({UNKNOWN_SUBJECT})
    return _subjects(parsed)


def _subjects(parsed: Any) -> frozenset[str]:
    return frozenset(map(_write_subject, personal_values(parsed)))


def _write_subject(value: Any) -> str:
    """Write a customer id as the contracts write it; where it is a number, without a fraction of zero."""
    return plain_number(str(value)) if isinstance(value, Decimal) else str(normalize_text(str(value)))
