"""The demo, as `make demo` runs it."""

import asyncio
import os
import sys

import pytest

from tests.lab.stack import sdk
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.paths import ROOT

pytestmark = pytest.mark.emulator


async def test_every_message_of_the_story_has_its_expected_outcome(emulators: Emulators) -> None:
    """The demo exits with 0 and prints orders, claims, and failed messages with their reasons."""
    given = {sdk.PUBSUB.variable: emulators.pubsub, sdk.FIRESTORE.variable: emulators.firestore}
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.lab.stack.demo"),
        cwd=ROOT,
        env=os.environ | given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await demo.communicate()
    printed = output.decode()
    assert demo.returncode == 0, printed
    assert "Every message had the expected outcome." in printed
    assert printed.count("as expected") > 20
    for reason in ("contract.invalid", "claim.conflict", "order.not_found", "store.unavailable"):
        assert reason in printed
