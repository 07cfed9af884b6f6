"""What an expression of PromQL reads."""

import re
from collections.abc import Iterator
from typing import Any

import promql_parser


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield every metric an expression selects, with the labels it is selected by.

    Raises ValueError where the expression is none.
    """
    for each in _selectors(promql_parser.parse(expression)):
        yield each.name, {matcher.name for matcher in each.matchers.matchers}


def rates(expression: str) -> set[str]:
    """Return the metrics an expression takes the rate or the increase of."""
    return set(re.findall(r"\b(?:rate|increase)\(\s*([\w:]+)", expression))


def grouped_by(expression: str) -> set[str]:
    """Return the labels an expression groups by."""
    lists = re.findall(r"\bby \(([^)]*)\)", expression)
    return {label.strip() for each in lists for label in each.split(",")}


def _selectors(node: Any) -> Iterator[Any]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
        return
    children = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "vector_selector")]
    for child in [*children, *getattr(node, "args", [])]:
        if child is not None:
            yield from _selectors(child)
