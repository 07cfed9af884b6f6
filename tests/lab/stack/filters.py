"""Pub/Sub's filter language, which its emulator ignores.

The grammar follows "Filter messages from a subscription" in Pub/Sub's documentation: comparisons on
attributes, `hasPrefix`, and `NOT`, `AND`, `OR` in capitals. As in Pub/Sub, mixing `AND` and `OR` needs
parentheses.
"""

import ast
from collections.abc import Callable, Mapping
from functools import cache

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

Predicate = Callable[[Mapping[str, str]], bool]

MAX_BYTES = 256

_GRAMMAR = r"""
    ?expression: term
        | term (_AND term)+             -> conjunction
        | term (_OR term)+              -> disjunction
    ?term: (_NOT | "-") term            -> negation
        | "(" expression ")"
        | "attributes" ":" key          -> present
        | "attributes" "." key "=" value   -> equal
        | "attributes" "." key "!=" value  -> different
        | "hasPrefix" "(" "attributes" "." key "," value ")" -> prefixed
    key: KEY | STRING
    value: STRING
    _AND: /AND\b/
    _OR: /OR\b/
    _NOT: /NOT\b/
    KEY: /[\w-]+/
    STRING: /"(?:[^"\\\n]|\\(?:["'\\abfnrtv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-7]{3}))*"/
    %ignore /\s+/
"""


class FilterError(ValueError):
    """The filter is invalid, and Pub/Sub would refuse it."""


@cache
def parse(text: str) -> Predicate:
    """Compile a filter to a predicate over a message's attributes.

    The empty filter passes every message. Raises FilterError, with the column, for a filter that does not
    parse or is longer than 256 bytes.
    """
    if len(text.encode()) > MAX_BYTES:
        raise FilterError(f"filter is longer than {MAX_BYTES} bytes")
    if not text.strip():
        return lambda _: True
    try:
        return _Compile().transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        raise FilterError(f"filter does not parse at column {error.column}: {text}") from error


class _Compile(Transformer[Token, Predicate]):
    """Each method compiles the grammar rule of its name."""

    def key(self, tokens: list[Token]) -> str:
        return _unquoted(tokens[0])

    def value(self, tokens: list[Token]) -> str:
        return _unquoted(tokens[0])

    def conjunction(self, terms: list[Predicate]) -> Predicate:
        return lambda attributes: all(term(attributes) for term in terms)

    def disjunction(self, terms: list[Predicate]) -> Predicate:
        return lambda attributes: any(term(attributes) for term in terms)

    def negation(self, terms: list[Predicate]) -> Predicate:
        return lambda attributes: not terms[0](attributes)

    def present(self, operands: list[str]) -> Predicate:
        return lambda attributes: operands[0] in attributes

    def equal(self, operands: list[str]) -> Predicate:
        key, value = operands
        return lambda attributes: attributes.get(key) == value

    def different(self, operands: list[str]) -> Predicate:
        key, value = operands
        return lambda attributes: attributes.get(key) != value

    def prefixed(self, operands: list[str]) -> Predicate:
        key, value = operands
        return lambda attributes: attributes.get(key, "").startswith(value) and key in attributes


def _unquoted(token: Token) -> str:
    # The grammar accepts only escapes that Python's string literals also have.
    return str(ast.literal_eval(token)) if token.startswith('"') else str(token)


_PARSER = Lark(_GRAMMAR, start="expression", parser="lalr")
