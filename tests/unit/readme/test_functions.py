"""functions/README.md agrees with the code and the topology on topics, rules and states."""

import re

import shared.domain.violations  # noqa: F401 - defines the leaves
from pages.exception_titles import TITLES
from shared.errors import MessageError
from tests.lab.stack.topology import load
from tests.unit.readme import states
from tests.unit.readme.page import FUNCTIONS, marked, text


def test_every_consumer_is_in_the_table_with_its_subscriptions() -> None:
    """A row names the function, and each of its topics with the subscription it is consumed by."""
    rows = {row.split("`")[1]: row for row in marked(FUNCTIONS, "consumers").splitlines()[2:]}
    consumed = load().subscriptions
    assert set(rows) == {each.function for each in consumed.values()}
    for name, each in consumed.items():
        assert f"`{each.topic}` → `{name}`" in rows[each.function]


def test_every_filter_is_in_the_table() -> None:
    """A filtered subscription is shown with the event type it takes."""
    for name, each in load().subscriptions.items():
        if each.filter:
            types = re.findall(r'"(.+)"', each.filter)
            kind = "every other type" if each.catch_all else f"`{types[0]}`"
            assert f"`{name}` ({kind})" in marked(FUNCTIONS, "consumers")


def test_every_reason_is_explained() -> None:
    """The page names every failure reason in the code, and no other; events and exceptions look alike."""
    slugs = {leaf.slug for leaf in _leaves(MessageError)}
    families = {slug.split(".")[0] for slug in slugs}
    quoted = re.findall(r"`([a-z]+\.[a-z_]+)`", text(FUNCTIONS))
    named = {name for name in quoted if name.split(".")[0] in families}
    events = {
        *("order.created", "order.released", "order.partially_shipped", "order.shipped"),
        *("order.lines_cancelled", "order.cancelled"),
        *("order.exception", "payment.position_changed"),
    }
    assert slugs <= named
    assert named - slugs <= events | set(TITLES)


def test_the_states_are_drawn_from_the_table_in_the_code() -> None:
    """Diagram and table are exactly what the state machine allows."""
    assert marked(FUNCTIONS, "states") == f"{states.diagram()}\n{states.table()}"


def _leaves(kind: type[MessageError]) -> list[type[MessageError]]:
    below = [each for each in kind.__subclasses__() if each.__module__.startswith("shared.")]
    return [leaf for each in below for leaf in _leaves(each)] if below else [kind]
