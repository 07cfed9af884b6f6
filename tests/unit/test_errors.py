"""The tree of errors: drawn as it is, every leaf with a slug of its own."""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

import shared
from shared import errors
from shared.errors import LostRace, MessageError, Outcome

ACKNOWLEDGING = range(200, 300)
DRAWN = re.compile(r"^    ([│├└─ ]*)([A-Z]\w+)", re.MULTILINE)
"""A line of the drawing: its branches, four characters for each level, and the class."""


def _import_everything() -> None:
    for module in pkgutil.walk_packages(shared.__path__, "shared."):
        importlib.import_module(module.name)


def _below(kind: type[MessageError]) -> Iterator[type[MessageError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("shared."):
            yield each
            yield from _below(each)


_import_everything()
ALL = sorted(set(_below(MessageError)), key=lambda kind: kind.__name__)
LEAVES = [kind for kind in ALL if not any(_below(kind))]


def _names(kinds: list[type[MessageError]]) -> list[str]:
    return [kind.__name__ for kind in kinds]


@pytest.mark.parametrize("leaf", LEAVES, ids=_names(LEAVES))
def test_every_leaf_has_a_slug_of_its_own_making(leaf: type[MessageError]) -> None:
    """A leaf says in itself what operators filter by: a family and what happened, in snake case."""
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", vars(leaf)["slug"])


def test_slugs_are_unique() -> None:
    """No two errors share a slug."""
    assert [slug for slug, count in Counter(leaf.slug for leaf in LEAVES).items() if count > 1] == []


@pytest.mark.parametrize("kind", ALL, ids=_names(ALL))
def test_every_error_is_answered_with_what_redelivers(kind: type[MessageError]) -> None:
    """No error is acknowledged, and each has one of the outcomes of a failure."""
    assert kind.status not in ACKNOWLEDGING
    assert kind.outcome in {Outcome.REJECTED, Outcome.DEFERRED, Outcome.ERROR}


def test_the_tree_is_drawn_as_it_is() -> None:
    """The drawing at the module's top names every error defined there, at its depth."""
    drawn = {name: len(branches) // 4 for branches, name in DRAWN.findall(errors.__doc__ or "")}

    tree: list[type[MessageError]] = [MessageError, *ALL]
    here = [kind for kind in tree if kind.__module__ == errors.__name__]
    assert drawn == {kind.__name__: kind.__mro__.index(MessageError) for kind in here}


def test_the_drawing_leaves_out_only_what_is_no_answer() -> None:
    """A lost race is the one exception of the module that never reaches an answer."""
    exceptions = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == errors.__name__
    }

    assert {kind for kind in exceptions if not issubclass(kind, MessageError)} == {LostRace}
