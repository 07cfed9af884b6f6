"""Pages of a query, on the emulator."""

import pytest

from shared.gcp.channel import open_channel
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator


async def test_pages_follow_an_order_by_a_field_that_the_reader_does_not_ask_for(
    emulators: Emulators, project: str
) -> None:
    """Check that every document is readable, the last of a page too, and that its cursor continues."""
    selection = Selection(collection="ranked", order=("rank",), descending=True, fields=("name",))
    async with open_channel(emulators.firestore, "") as channel:
        rpc = FirestoreRpc(channel, project, metadata=EMULATOR_OWNER)
        queries = FirestoreQueries(channel, project, metadata=EMULATOR_OWNER)
        documents = [{"rank": rank, "name": str(rank), "note": "unread"} for rank in range(5)]
        await rpc.commit([create(rpc.name(f"ranked/{each['name']}"), each) for each in documents])

        pages, cursor = [], None
        for _ in range(3):
            page, cursor = await queries.page(selection, 2, cursor)
            pages.append([read_fields(each.fields) for each in page])

    assert [[each["name"] for each in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert all(each.keys() == {"name", "rank"} for page in pages for each in page)
    assert cursor is None
