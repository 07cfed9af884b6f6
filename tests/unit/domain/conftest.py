"""What the tests of orders share."""

import os
from unittest import mock

import pytest

from shared.consumer.routes import Routes
from shared.privacy.keysets import new_keyset
from tests.unit.domain.interleaving import consumer_routes


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Routes:
    """Return the routes of every consumer, loaded in a function's environment."""
    keyset = tmp_path_factory.mktemp("keyset") / "keyset.json"
    keyset.write_text(new_keyset(), encoding="utf-8")
    environment = {"GOOGLE_CLOUD_PROJECT": "any", "KEYSET_FILE": str(keyset), "SUBSCRIPTIONS": "{}"}
    with mock.patch.dict(os.environ, environment):
        return consumer_routes()
