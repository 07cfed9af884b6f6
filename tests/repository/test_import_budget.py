"""What a function imports before its first message: a cold start pays for every module."""

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.paths import ROOT

UNUSED = (
    "fastapi",  # the console's
    "httpx2",  # the console's and the alerts'
    "aiohttp",
    "google.cloud.firestore",  # the comfortable client
    "google.cloud.firestore_v1.services",  # the other clients; only the message types are imported
    "google.pubsub_v1.services",
    "google.cloud.pubsub",
    "google.cloud.pubsub_v1",
    "google.cloud.monitoring_v3",  # imported with the first export
    "google.cloud.kms_v1",
    "shared.gcp.kms",  # imported where a key wraps the keyset
    "shared.gcp.firestore.query",
    "opentelemetry.sdk",  # imported with the first span that is exported
    "shared.failed_messages",
    "tests",
)
"""Modules that no message needs."""

OWN_MODULES = 100
"""Of this project, at most: a function imports its own contracts and rules, not those of others."""

ENVIRON = {"GOOGLE_CLOUD_PROJECT": "p", "SUBSCRIPTIONS": "{}", "KEYSET_FILE": str(ensure_keyset())}


def imported(function: str) -> list[str]:
    """Return the names of all modules that are loaded once a function is, in a fresh interpreter."""
    modules: list[str] = after_import(function, "sorted(sys.modules)")
    return modules


def after_import(function: str, expression: str) -> Any:
    """Return what an expression says in a fresh interpreter that has loaded a function."""
    program = f"import functions.{function}.main, gc, json, sys; print(json.dumps({expression}))"
    environ = os.environ | ENVIRON | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def order_create() -> list[str]:
    """Return what the busiest function imports."""
    return imported("order_create")


@pytest.mark.parametrize("unused", UNUSED)
def test_nothing_is_imported_that_no_message_needs(order_create: list[str], unused: str) -> None:
    """A function loads no library, and no part of the project, that its messages never use."""
    assert importlib.util.find_spec(unused), "the list names a module that does not exist"
    assert not [name for name in order_create if name == unused or name.startswith(f"{unused}.")]


def test_a_function_knows_only_its_own_part_of_the_project(order_create: list[str]) -> None:
    """The project's own modules stay within their budget, other functions' rules not among them."""
    own = [name for name in order_create if name.split(".")[0] in ("shared", "functions")]

    assert len(own) <= OWN_MODULES
    assert "shared.domain.ship_order" not in own
    assert not [name for name in own if name.startswith("functions.") and "order_create" not in name]


def test_the_garbage_collector_does_not_walk_what_is_imported() -> None:
    """A cold start never collects among all objects, because the imported ones are in use."""
    young, middle, old = after_import("order_create", "[each['collections'] for each in gc.get_stats()]")

    assert (young <= 50, middle <= 5, old) == (True, True, 0)


def test_a_client_of_google_can_be_imported_later() -> None:
    """What imports a whole package gets it, with the message types that are loaded already."""
    program = (
        "from shared.gcp.firestore.values import document\n"
        "from shared.gcp.pubsub import pubsub\n"
        "from google.cloud.firestore_v1 import AsyncClient, types as stored\n"
        "from google.pubsub_v1 import PublisherAsyncClient, types as published\n"
        "assert stored.Document is document.Document and AsyncClient\n"
        "assert published.PubsubMessage is pubsub.PubsubMessage and PublisherAsyncClient\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
