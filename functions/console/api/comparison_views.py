"""Comparisons in API responses; numbers as text, in the digits they came with."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.views import View

Number = Annotated[str, BeforeValidator(str)]


class AmountCheckView(View):
    """A rule of arithmetic: the number that was given, and the one that follows from the others."""

    field: str
    rule: str
    given: Number
    expected: Number
    holds: bool


class ComparedFieldView(View):
    """A field of the stored version, and of this message."""

    field: str
    stored: str = Field(alias="first")
    given: str
    same: bool


class ComparisonView(View):
    """What shows which of several values is wrong; `fields` is empty where nothing is stored."""

    checks: list[AmountCheckView]
    fields: list[ComparedFieldView]
