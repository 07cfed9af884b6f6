"""The lines of a stored order, read when a rule first looks at them.

An order has many lines, and they are most of what is read of it. A payment looks at none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import msgspec

from shared.domain.order import Line
from shared.gcp.firestore.values import read

LINES = "lineItems"
"""The field of an order's document that has the lines."""


class StoredLines(Sequence[Line]):
    """Lines as their document has them; equal to a tuple of the same lines."""

    def __init__(self, value: Any) -> None:
        """Keep the protobuf Value of the lines."""
        self._value = value

    @cached_property
    def fields(self) -> tuple[dict[str, Any], ...]:
        """Return the fields of every line."""
        fields: tuple[dict[str, Any], ...] = read(self._value)
        return fields

    @cached_property
    def _lines(self) -> tuple[Line, ...]:
        return msgspec.convert(self.fields, tuple[Line, ...])

    def __len__(self) -> int:
        """Count the lines without reading them."""
        return len(self._value.array_value.values)

    def __iter__(self) -> Iterator[Line]:
        """Iterate over the tuple: a sequence would ask for each position."""
        return iter(self._lines)

    @overload
    def __getitem__(self, position: int) -> Line: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, position: int | slice) -> Line | tuple[Line, ...]:
        """Return a line, or a tuple of lines."""
        return self._lines[position]

    def __eq__(self, other: object) -> bool:
        """Compare the lines."""
        return self is other or self._lines == (other._lines if isinstance(other, StoredLines) else other)

    def __hash__(self) -> int:
        """Hash as an equal tuple does."""
        return hash(self._lines)


def read_order_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a map of protobuf Values as `read_fields` does, but not the lines."""
    return {name: StoredLines(fields[name]) if name == LINES else read(fields[name]) for name in fields}


def with_lines_read(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the lines, too, to compare or encode them."""
    lines = fields.get(LINES)
    return {**fields, LINES: lines.fields} if isinstance(lines, StoredLines) else {**fields}
