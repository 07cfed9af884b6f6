"""The contract of the stores: the one on Firestore, and the fake in memory."""

import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from shared.consumer.firestore_store import FirestoreStore, Version
from shared.consumer.idempotency import claim_id
from shared.consumer.ports import Store
from shared.domain.order import Order
from shared.domain.refs import order_ref, reservation_ref, waiting_list_ref
from shared.domain.waiting_list import MAX_ORDERS_SERVED, WaitingList
from shared.errors import LostRace
from shared.gcp.firestore.rpc import FirestoreRpc
from tests.emulator.consumer.entities import (
    AT,
    claim,
    event,
    incompressible_order,
    line,
    lived_order,
    reservation,
    stock,
    waiting_order,
)
from tests.emulator.consumer.stores import CLAIM, new, replacement, stored
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator

ORDER = order_ref("QC-1")
LARGE = {
    "nothing large": lived_order(),
    "2,000 lines": lived_order(line_items=tuple(line(number, f"SKU-{number}") for number in range(1, 2001))),
    "serial numbers beyond a document": incompressible_order(1),
}


async def test_what_is_missing_is_absent(store: Store) -> None:
    """Reading what is not there yields no claim, no state and no versions."""
    loaded = await store.load(CLAIM, [ORDER, reservation_ref("QC-1")])

    assert (loaded.claim, loaded.state, loaded.versions) == (None, {}, {})


async def test_claim_and_entities_read_back_equal(store: Store) -> None:
    """One commit creates a claim and entities of every kind; one load returns them as they were."""
    events = (event("1"), event("2", b'{"text":"\xe0\xb8\x81"}'))
    entities = (lived_order(), stock(), reservation(), waiting_order("QC-1"))
    await store.commit(claim(events=events), new(*entities))

    loaded = await store.load(CLAIM, [entity.ref for entity in entities])

    assert loaded.claim == claim(events=events)
    assert loaded.state == {entity.ref: entity for entity in entities}
    assert loaded.versions.keys() == loaded.state.keys()


@pytest.mark.parametrize("order", LARGE.values(), ids=LARGE)
async def test_orders_of_any_size_read_back_equal(store: Store, order: Order) -> None:
    """An order that outgrows its document is created, replaced and read back like any other."""
    await store.commit(claim(), new(structs.replace(order, version=1)))
    assert await stored(store, order) == structs.replace(order, version=1)

    await store.commit(claim("QC-1-changed"), [await replacement(store, order)])

    assert await stored(store, order) == order


async def test_events_of_any_size_read_back_equal(store: Store) -> None:
    """A claim with an outbox in chunks is read back like any other."""
    text = incompressible_order(2).shipments[0].items[0].serial_numbers
    large = claim(events=(event("1", json.dumps(text).encode()),))
    await store.commit(large, [])

    assert (await store.load(CLAIM, [])).claim == large


async def test_a_claim_and_its_copy_are_committed_together(store: Store) -> None:
    """Either key finds the events. Where the copy's key is taken, nothing is committed."""
    first = replace(claim(events=(event("1"),)), copy_key="copy")
    await store.commit(first, new(stock()))

    copied = (await store.load(claim_id(first.scope, "copy"), [])).claim
    assert copied == replace(first, key="copy", copy_key="")
    assert (await store.load(CLAIM, [])).claim == replace(first, copy_key="")

    second = replace(claim("QC-2"), copy_key="copy")
    with pytest.raises(LostRace):
        await store.commit(second, new(reservation()))
    found = await store.load(second.id, [reservation().ref])
    assert (found.claim, found.state) == (None, {})


async def test_a_published_mark_becomes_visible(store: Store) -> None:
    """A claim that is marked as published has the time, and is otherwise unchanged."""
    await store.commit(claim(events=(event("1"),)), [])

    store.mark_published(CLAIM)

    async def marked() -> bool:
        found = (await store.load(CLAIM, [])).claim
        return found is not None and found.published_at is not None

    await until(marked)
    found = (await store.load(CLAIM, [])).claim
    assert found is not None
    assert replace(found, published_at=None) == claim(events=(event("1"),))


async def test_a_published_mark_creates_no_claim(store: Store) -> None:
    """A mark for a missing claim is dropped; the other marks of the batch are written."""
    await store.commit(claim(), [])

    store.mark_published(claim_id("contract", "never"))
    store.mark_published(CLAIM)

    async def marked() -> bool:
        found = (await store.load(CLAIM, [])).claim
        return found is not None and found.published_at is not None

    await until(marked)
    assert (await store.load(claim_id("contract", "never"), [])).claim is None


async def test_an_entity_that_ends_is_gone(store: Store) -> None:
    """A commit removes entities with what it writes; what is not there may be removed as well."""
    await store.commit(claim(), new(waiting_order("QC-1"), stock(1)))
    change = await replacement(store, stock(2))

    ended = [waiting_order("QC-1").ref, waiting_order("QC-2").ref]
    await store.commit(claim("end"), [change], ended)

    snapshot = await store.load(CLAIM, [*ended, stock().ref])
    assert snapshot.state == {stock().ref: stock(2)}


async def test_a_waiting_list_begins_with_the_earliest_dates(store: Store) -> None:
    """The first orders of one sku are found by their dates, as many as one step serves, and no others."""
    dates = {
        f"QC-{number}": AT + timedelta(minutes=number * 7919 % 40) for number in range(MAX_ORDERS_SERVED + 5)
    }
    await store.commit(claim(), new(*(waiting_order(order, date) for order, date in dates.items())))
    await store.commit(claim("another"), new(waiting_order("QC-X", AT - timedelta(days=1), sku="SKU-002")))
    list_ref = waiting_list_ref("LOC-BKK-001", "SKU-001")

    found = (await store.load(CLAIM, [list_ref])).state[list_ref]

    assert isinstance(found, WaitingList)
    expected = sorted(dates, key=lambda order: dates[order])
    assert [each.order_id for each in found.orders] == expected[:MAX_ORDERS_SERVED]
    assert found.orders[0] == waiting_order(expected[0], dates[expected[0]])
    empty = waiting_list_ref("LOC-BKK-001", "SKU-003")
    assert (await store.load(CLAIM, [empty])).state[empty] == WaitingList(
        location_id="LOC-BKK-001", sku="SKU-003", orders=()
    )


async def test_replacing_a_large_order_deletes_its_old_chunks(
    firestore_store: FirestoreStore, rpc: FirestoreRpc
) -> None:
    """The commit that replaces the order deletes the chunks that no document names any more."""
    pages: list[frozenset[str]] = []
    versions = [incompressible_order(1), incompressible_order(2), lived_order()]
    for number, order in enumerate(versions):
        change = await replacement(firestore_store, order) if number else new(order)[0]
        await firestore_store.commit(claim(f"QC-{number}"), [change])
        version = (await firestore_store.load(CLAIM, [ORDER])).versions[ORDER]
        assert isinstance(version, Version)
        pages.append(version.chunks)

    assert [len(each) for each in pages] == [2, 2, 0]
    assert await rpc.get(itertools.chain(*pages)) == {}
