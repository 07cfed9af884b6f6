"""What the tests of `up` share."""

import os

import pytest

from tests.lab.stack import sdk
from tests.lab.stack.emulators import Emulators


@pytest.fixture(scope="module")
def environ(emulators: Emulators) -> dict[str, str]:
    """Return an environment that names the run's emulators."""
    given = {sdk.PUBSUB.variable: emulators.pubsub, sdk.FIRESTORE.variable: emulators.firestore}
    return dict(os.environ) | given
