"""The text of a violation is for the producer: it names a field of the message, and the rule."""

import inspect
import re

import pytest

from shared.contracts import (
    inventory,
    order_cancel,
    order_create,
    order_release,
    payment,
    ship,
    short,
    substitution,
)
from shared.contracts.contract import Contract
from shared.domain import violations
from shared.errors import MessageError

CONTRACTS = (inventory, order_cancel, order_create, order_release, payment, ship, short, substitution)
ARGUMENTS = {
    "field": "amount",
    "rule": "the sum of its parts",
    "decimals": 2,
    "status": "CREATED",
    "move": "ship",
    "limit": "3 lines",
}
"""What the rules say of a violation, by the name of the argument."""


FIELDS = {
    field.alias
    for module in CONTRACTS
    for kind in vars(module).values()
    if inspect.isclass(kind) and issubclass(kind, Contract)
    for field in kind.model_fields.values()
}
"""The names of all fields on the wire."""


def violation(name: str) -> MessageError:
    """Make a violation with an example of each argument."""
    kind = getattr(violations, name)
    error = kind(*(ARGUMENTS[each] for each in inspect.signature(kind).parameters))
    assert isinstance(error, MessageError)
    return error


@pytest.mark.parametrize("name", violations.__all__)
def test_a_violation_names_a_field_and_says_the_rule(name: str) -> None:
    """Each part of the path is a field of a contract; the rule is the rest of a sentence."""
    field, _, rule = str(violation(name)).partition(": ")

    assert set(field.split(".")) <= FIELDS
    assert re.fullmatch(r"(must|is|all|the|an|no) .*[a-z0-9%]", rule)


@pytest.mark.parametrize(
    ("name", "slug"), [("IllegalMove", "order.illegal"), ("MoveTooEarly", "order.too_early")]
)
def test_a_move_that_is_not_possible_has_a_slug_of_status_and_move(name: str, slug: str) -> None:
    """Operators filter by both."""
    assert violation(name).slug == f"{slug}.created.ship"
