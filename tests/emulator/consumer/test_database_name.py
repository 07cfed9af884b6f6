"""A restored database takes the place of the old one by its name alone."""

from pathlib import Path

import pytest

from shared.bootstrap.adapters import connect
from shared.bootstrap.queries import build_queries
from shared.gcp.firestore.query import Selection
from shared.gcp.firestore.writes import set_document
from shared.privacy.keysets import new_keyset
from shared.settings import Settings
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator
PATH = "orders/restored"


async def test_functions_use_the_database_that_is_named(
    emulators: Emulators, project: str, tmp_path: Path
) -> None:
    """What is written to a named database is read and found there, and not in the default one."""
    keyset = tmp_path / "keyset.json"
    keyset.write_text(new_keyset())
    environ = {
        "GOOGLE_CLOUD_PROJECT": project,
        **emulators.variables,
        "KEYSET_FILE": str(keyset),
        "SUBSCRIPTIONS": "{}",
    }
    named = connect(Settings.read({**environ, "FIRESTORE_DATABASE": "orders-20261126"}))
    default = connect(Settings.read(environ))
    await named.rpc.overwrite([set_document(named.rpc.name(PATH), {})])

    assert [*await named.rpc.get([PATH])] == [PATH]
    assert [*await default.rpc.get([PATH])] == []
    for adapters, found in ((named, 1), (default, 0)):
        page, _ = await build_queries(adapters).page(Selection(collection="orders"), 10)
        assert len(page) == found
