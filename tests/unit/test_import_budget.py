"""What a function imports before its first message: a cold start pays for every module."""

import json
import os
import subprocess
import sys

import pytest

from tests.stack.keyset import ensure_keyset
from tests.stack.paths import ROOT

UNUSED = (
    "fastapi",  # the console's
    "httpx2",  # the console's and the alerts'
    "aiohttp",
    "google.cloud.firestore",  # the comfortable client; the wire types are in google.cloud.firestore_v1.types
    "google.cloud.pubsub",
    "google.cloud.pubsub_v1",
    "google.cloud.monitoring_v3",  # imported with the first export
    "google.cloud.kms_v1",
    "shared.adapters.kms",  # imported where a key wraps the keyset
    "shared.adapters.firestore.query",
    "opentelemetry.sdk",  # imported with the first span that is exported
    "shared.review",
    "tests",
)
"""What no message needs."""

OWN_MODULES = 100
"""Of this project, at most: a function knows its own messages and rules, not everybody's."""

ENVIRON = {"GOOGLE_CLOUD_PROJECT": "p", "SUBSCRIPTIONS": "{}", "KEYSET_FILE": str(ensure_keyset())}


def imported(function: str) -> list[str]:
    """Return the names of all modules that are loaded once a function is, in a fresh interpreter."""
    program = f"import json, sys, functions.{function}.main; print(json.dumps(sorted(sys.modules)))"
    environ = os.environ | ENVIRON | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    modules: list[str] = json.loads(told.stdout)
    return modules


@pytest.fixture(scope="module")
def order_create() -> list[str]:
    """Return what the busiest function imports."""
    return imported("order_create")


@pytest.mark.parametrize("unused", UNUSED)
def test_nothing_is_imported_that_no_message_needs(order_create: list[str], unused: str) -> None:
    """A function loads no library, and no part of the project, that its messages never use."""
    assert not [name for name in order_create if name == unused or name.startswith(f"{unused}.")]


def test_a_function_knows_only_its_own_part_of_the_project(order_create: list[str]) -> None:
    """The project's own modules stay within their budget, other functions' rules not among them."""
    own = [name for name in order_create if name.split(".")[0] in ("shared", "functions")]

    assert len(own) <= OWN_MODULES
    assert "shared.domain.ship_order" not in own
    assert not [name for name in own if name.startswith("functions.") and "order_create" not in name]
