"""Keys are rotated while everything stays readable, and a customer is erased from wherever they were."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tink

from shared.adapters.channel import open_channel
from shared.adapters.cipher import (
    Cipher,
    KeysetUnusable,
    prepared_keyset,
    promoted_keyset,
    read_keyset,
    retired_keyset,
)
from shared.adapters.firestore.customer_keys import FIELD
from shared.adapters.firestore.query import FirestoreQueries
from shared.adapters.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.custody.erase import ERASED, Eraser
from shared.custody.reseal import Resealer
from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.idempotency import claim_id
from tests import messages
from tests.emulator import connected
from tests.emulator.reviewing import Reviewing, broken, function_application, post, reviewing
from tests.stack.emulators import Emulators
from tests.stack.polling import until

pytestmark = pytest.mark.emulator

CUSTOMER, OTHER = "CUST-ERASE-ME", "CUST-ERASE-ME-NOT"


@dataclass(frozen=True)
class Store:
    """What is stored, past the functions."""

    rpc: FirestoreRpc
    queries: FirestoreQueries
    keyset: str

    async def order(self, order_id: str, keyset: str | None = None) -> Order:
        """Read an order with a keyset; the functions' own where none is given."""
        store = connected.store_over(self.rpc, Cipher(keyset or self.keyset))
        loaded = await store.load(claim_id("order_create", order_id), [order_ref(order_id)])
        order = loaded.state[order_ref(order_id)]
        assert isinstance(order, Order)
        assert loaded.claim is not None
        return order

    async def sent(self, order_id: str) -> bool:
        """Tell whether an order's events are known to be published."""
        store = connected.store_over(self.rpc, Cipher(self.keyset))
        claim = (await store.load(claim_id("order_create", order_id), [])).claim
        return claim is not None and claim.sent_at is not None


@pytest.fixture
async def desk(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Reviewing]:
    """Yield functions and the review over them."""
    async with reviewing(emulators, project, tmp_path) as desk:
        yield desk


@pytest.fixture
async def store(desk: Reviewing, emulators: Emulators, project: str) -> AsyncIterator[Store]:
    """Yield the store behind the functions."""
    keyset = read_keyset(Path(desk.creation.environ["KEYSET_FILE"]))
    async with open_channel(emulators.firestore, "") as channel:
        yield Store(
            FirestoreRpc(channel, project, metadata=EMULATOR_OWNER),
            FirestoreQueries(channel, project, metadata=EMULATOR_OWNER),
            keyset,
        )


async def create(desk: Reviewing, store: Store, order_id: str, customer: str, lines: int = 1) -> None:
    """Let an order be created, and its events be published."""
    written = messages.order_of([messages.line(each) for each in range(1, lines + 1)], order_id)
    assert await post(desk.creation.instance(), messages.push({**written, "customerId": customer})) == 204
    await until(lambda: store.sent(order_id))


async def test_after_a_rotation_and_resealing_the_old_key_is_needed_by_nothing(
    desk: Reviewing, store: Store
) -> None:
    """Orders, pages and claims open with the new key alone; a second run finds nothing to do."""
    await create(desk, store, "QC-SMALL", CUSTOMER)
    await create(desk, store, "QC-LARGE", OTHER, lines=600)
    failed = await desk.fail(broken("QC-BROKEN"))
    prepared = prepared_keyset(store.keyset)
    rotated = promoted_keyset(prepared)
    new_alone = retired_keyset(rotated)

    assert (await store.order("QC-SMALL", rotated)).customer_id == CUSTOMER
    with pytest.raises(tink.TinkError):
        await store.order("QC-SMALL", new_alone)
    # Instances that know the key but do not seal with it yet open what the others seal.
    assert Cipher(prepared).open(Cipher(rotated).seal(b"new", "x"), "x") == b"new"
    first = await Resealer(store.rpc, store.queries, Cipher(rotated)).reseal()
    second = await Resealer(store.rpc, store.queries, Cipher(rotated)).reseal()

    assert first["resealed"] >= 5
    assert (second["resealed"], second["changed meanwhile"]) == (0, 0)
    assert (await store.order("QC-SMALL", new_alone)).customer_id == CUSTOMER
    assert len((await store.order("QC-LARGE", new_alone)).line_items) == 600
    assert failed


async def test_a_customer_is_erased_and_nobody_else(desk: Reviewing, store: Store) -> None:
    """Orders forget whose they are, claims their events, failed messages are gone, once and for all."""
    await create(desk, store, "QC-THEIRS", CUSTOMER)
    await create(desk, store, "QC-NOT-THEIRS", OTHER)
    await desk.fail({**broken("QC-BROKEN"), "customerId": CUSTOMER})
    kept = await desk.fail({**broken("QC-BROKEN-2"), "customerId": OTHER})
    eraser = Eraser(store.rpc, store.queries, Cipher(store.keyset))

    report = await eraser.erase(CUSTOMER)

    assert report == {"orders": 1, "claims": 1, "failed messages": 1, "changed meanwhile": 0}
    assert (await store.order("QC-THEIRS")).customer_id == ERASED
    assert (await store.order("QC-NOT-THEIRS")).customer_id == OTHER
    assert (await desk.review.desk.case(kept)).id == kept
    assert not +(await eraser.erase(CUSTOMER))
    again = messages.order_of([messages.line(1)], "QC-THEIRS", customerId=CUSTOMER)
    assert await post(desk.creation.instance(), messages.push(again)) == 204


@pytest.mark.parametrize("written", [None, "", "{}", "not JSON", '{"primaryKeyId": 1, "key": []}'])
def test_without_its_keyset_a_function_does_not_start(
    desk: Reviewing, tmp_path: Path, written: str | None
) -> None:
    """A missing or wrong keyset stops the function when it is loaded, and the reason names the variable."""
    file = tmp_path / "wrong.json"
    if written is not None:
        file.write_text(written)

    with pytest.raises(KeysetUnusable, match="KEYSET_FILE"):
        function_application("order_create", {**desk.creation.environ, "KEYSET_FILE": str(file)})

