"""What every test may ask for: the emulators, a project of its own, and an environment left as it was."""

import contextlib
import gc
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# The stack is imported where it is used: the process that distributes the unit tests uses none of it.
if TYPE_CHECKING:
    from tests.lab.stack.emulators import Emulators

pytest_plugins = ("tests.missing_tools", "tests.distribution")

UNIT = Path(__file__).parent / "unit"
"""Tests that start no process: a run of them alone starts no emulators."""

# Taken before any test's environment is emptied: it may point to emulators that already run.
ENVIRON = dict(os.environ)
PAIR = pytest.StashKey[contextlib.ExitStack]()

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("steady", deadline=None)
settings.register_profile("long", parent=settings.get_profile("steady"), max_examples=5_000)
settings.load_profile("steady")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Start one pair of emulators for all workers of a distributed run, in the process that outlives them."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist's WorkerController is untyped
    if all(Path(argument).resolve().is_relative_to(UNIT) for argument in config.args):
        return
    from tests.lab.stack.emulators import running

    if PAIR not in config.stash:
        config.stash[PAIR] = contextlib.ExitStack()
        pair = config.stash[PAIR].enter_context(running(ENVIRON))
        ENVIRON.update(pair.variables)
    addresses = {name: ENVIRON[name] for name in ("PUBSUB_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST")}
    node.workerinput["emulators"] = addresses  # type: ignore[attr-defined]  # as above


def pytest_collection_finish() -> None:
    """Freeze all imported and collected objects, so that no garbage collection visits them."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the emulators of a distributed run."""
    if PAIR in config.stash:
        config.stash[PAIR].close()


@pytest.fixture(scope="session")
def emulators(request: pytest.FixtureRequest) -> "Iterator[Emulators]":
    """Yield where the run's one pair of emulators answers; started at the first use."""
    from tests.lab.stack.emulators import running

    shared = getattr(request.config, "workerinput", {}).get("emulators", {})
    with running(ENVIRON | shared) as pair:
        yield pair


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a project id that no other test uses: its topics, documents and pushes are this test's alone."""
    name = f"test-{uuid.uuid4().hex[:16]}"
    monkeypatch.setattr("tests.messages.PROJECT", name)
    return name


@pytest.fixture(autouse=True)
def isolated_environment() -> Iterator[None]:
    """Hide the functions' variables from each test and undo whatever it sets."""
    from tests.lab.stack.environment import FUNCTION_VARIABLES

    before = dict(os.environ)
    for variable in before.keys() & FUNCTION_VARIABLES:
        del os.environ[variable]
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)
