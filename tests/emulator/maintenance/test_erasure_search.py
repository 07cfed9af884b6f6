"""An erasure finds all documents of its customer, and reads no documents of other customers."""

import json

import pytest

from shared.maintenance.erase import Eraser
from shared.maintenance.reencrypt import Reencryptor
from shared.maintenance.stored_documents import PAGE_SIZE
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import prepared_keyset, promoted_keyset
from tests import messages
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
)
from tests.emulator.maintenance.encrypted_documents import CUSTOMER, OTHER, Store, report

pytestmark = pytest.mark.emulator


async def test_only_a_thorough_erasure_searches_unknown_fields(backend: ConsoleBackend, store: Store) -> None:
    """A customer id in an unknown field is found only by decrypting everything."""
    await backend.fail({**broken("QC-BROKEN"), "note": f"ask {CUSTOMER} at the door"})
    eraser = Eraser(*store.parts)

    assert await eraser.erase(CUSTOMER) == report()
    assert await eraser.erase(CUSTOMER, thorough=True) == report(failed=1)


async def test_orders_of_other_customers_are_not_read(store: Store) -> None:
    """Among 500 orders as few documents are read as among 50; a thorough erasure reads them all."""
    read = []
    await store.fill(3, CUSTOMER)
    for others in (50, 450):
        await store.fill(others, f"{OTHER}-{others}")
        before = store.documents
        assert await Eraser(*store.parts).erase(CUSTOMER) == report(orders=3)
        read.append(store.documents - before)
        await store.fill(3, CUSTOMER)
    before = store.documents
    await Eraser(*store.parts).erase(CUSTOMER, thorough=True)

    assert read == [3, 3]
    assert store.documents - before >= 503


async def test_more_orders_than_a_page_are_found(store: Store) -> None:
    """A customer with many orders is erased page by page."""
    number = 2 * PAGE_SIZE + 5
    await store.fill(number, CUSTOMER)

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(orders=number)


async def test_a_customer_is_found_during_a_rotation(store: Store) -> None:
    """One search finds the lookup keys of the old key and those of the new key."""
    prepared = prepared_keyset(store.keyset)
    rotated = Cipher(promoted_keyset(prepared))
    await store.fill(1, CUSTOMER, Cipher(prepared))
    await store.fill(1, f"{CUSTOMER}-2", rotated)
    eraser = Eraser(store.rpc, store.queries, rotated)

    assert await eraser.erase(CUSTOMER) == report(orders=1)
    assert await eraser.erase(f"{CUSTOMER}-2") == report(orders=1)


async def test_reencryption_adds_missing_customer_keys(backend: ConsoleBackend, store: Store) -> None:
    """`reencrypt` adds `customerKeys` to documents that have none."""
    await store.create(backend, "QC-CUSTOMER", CUSTOMER)
    await backend.fail({**broken("QC-BROKEN"), "customerId": CUSTOMER})
    failed = await backend.fail(broken("QC-BROKEN-2"))
    await backend.services.messages.save_edit(
        failed, json.dumps(messages.order("QC-9", customerId=CUSTOMER)).encode(), by="ann@x"
    )
    for collection in ("orders", "processed_messages", "failed_messages", "edits"):
        await store.remove_customer_keys(collection)
    eraser = Eraser(*store.parts)

    assert await eraser.erase(CUSTOMER) == report()
    assert (await Reencryptor(*store.parts).reencrypt())["re-encrypted"] == 5
    assert await eraser.erase(CUSTOMER) == report(orders=1, claims=1, failed=2)
