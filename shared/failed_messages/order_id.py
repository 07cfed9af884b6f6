"""The order a payload speaks of, whatever its contract."""

import jiter
from pydantic import TypeAdapter

from shared.contracts.field_types import Identifier

_IDENTIFIER = TypeAdapter(Identifier)


def readable_order_id(data: bytes) -> str | None:
    """Read `orderId` from a JSON object; None where the data is none, or holds no valid one."""
    try:
        parsed = jiter.from_json(data, cache_mode="none")
        return _IDENTIFIER.validate_python(parsed["orderId"], strict=True)
    except (ValueError, TypeError, KeyError):  # pydantic's ValidationError is a ValueError
        return None
