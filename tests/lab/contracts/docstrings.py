"""What a class says of its fields: the strings below them, which Python does not keep."""

import ast
import inspect
from functools import cache
from textwrap import dedent


@cache
def field_docstrings(kind: type) -> dict[str, str]:
    """Return the docstring of each field, those of base classes included."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.startswith("shared."):
            found |= _own(each)
    return found


def first_paragraph(kind: type) -> str:
    """Return a class's docstring up to its first empty line, on one line."""
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())


def _own(kind: type) -> dict[str, str]:
    (definition,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(doc))),
            ):
                found[name] = " ".join(doc.split())
    return found
