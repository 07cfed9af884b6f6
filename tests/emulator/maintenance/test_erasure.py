"""A customer is erased from wherever they were, and nobody else; what is not theirs is not even read."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.maintenance.erase import ERASED, Eraser
from shared.maintenance.reencrypt import Reencryptor
from shared.maintenance.stored_documents import PAGE_SIZE
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import prepared_keyset, promoted_keyset
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken, console_backend, post
from tests.emulator.maintenance.sealed_documents import CUSTOMER, OTHER, Store, store_of
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator

MEMBER = "T1-ERASE-ME"


@pytest.fixture
async def backend(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[ConsoleBackend]:
    """Yield functions and the console over them."""
    async with console_backend(emulators, project, tmp_path) as backend:
        yield backend


@pytest.fixture
async def store(backend: ConsoleBackend) -> AsyncIterator[Store]:
    """Yield the store behind the functions."""
    async with store_of(backend) as store:
        yield store


def report(orders: int = 0, claims: int = 0, failed: int = 0, again: int = 0) -> dict[str, int]:
    """Return what an erasure tells."""
    return {"orders": orders, "claims": claims, "failed messages": failed, "changed meanwhile": again}


async def test_a_customer_is_erased_and_nobody_else(backend: ConsoleBackend, store: Store) -> None:
    """Orders forget whose they are, claims their events, failed messages are gone, once and for all."""
    await store.create(backend, "QC-THEIRS", CUSTOMER)
    await store.create(backend, "QC-NOT-THEIRS", OTHER)
    await backend.fail({**broken("QC-BROKEN"), "customerId": CUSTOMER})
    kept = await backend.fail({**broken("QC-BROKEN-2"), "customerId": OTHER})
    eraser = Eraser(*store.parts)

    assert await eraser.erase(CUSTOMER) == report(orders=1, claims=1, failed=1)

    assert (await store.order("QC-THEIRS")).customer_id == ERASED
    assert (await store.order("QC-NOT-THEIRS")).customer_id == OTHER
    assert (await backend.services.messages.find(kept)).id == kept
    assert await eraser.erase(CUSTOMER) == report()
    assert await eraser.erase(CUSTOMER, thorough=True) == report()
    again = messages.order_of([messages.line(1)], "QC-THEIRS", customerId=CUSTOMER)
    assert await post(backend.creation.instance(), messages.push(again)) == 204


async def test_a_membership_finds_its_orders_and_messages(backend: ConsoleBackend, store: Store) -> None:
    """Whatever is personal is looked up alike: no field has a search of its own."""
    theirs = messages.order_of([messages.line(1)], "QC-THEIRS", t1MembershipId=MEMBER)
    assert await post(backend.creation.instance(), messages.push(theirs)) == 204
    await backend.fail({**broken("QC-BROKEN"), "t1MembershipId": MEMBER})

    assert await Eraser(*store.parts).erase(MEMBER) == report(orders=1, failed=1)

    assert (await store.order("QC-THEIRS")).t1_membership_id == ERASED


@pytest.mark.parametrize(
    "data",
    [
        f'{{"customerId": "{CUSTOMER}"'.encode(),
        f'{{"customerId": "{OTHER}", "customerId": "{CUSTOMER}"}}'.encode(),
        json.dumps({"Order": [{"CUSTOMER_ID": CUSTOMER}]}).encode(),
        json.dumps([{"customerId": f"CUST-{each}"} for each in range(99)] + [CUSTOMER]).encode(),
    ],
)
async def test_a_broken_message_is_found(backend: ConsoleBackend, store: Store, data: bytes) -> None:
    """Cut off, said twice, misspelt or in a crowd: who is named is found, and other broken messages stay."""
    await backend.fail(data)
    kept = await backend.fail(f'{{"customerId": "{OTHER}'.encode())

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)

    assert (await backend.services.messages.find(kept)).id == kept


async def test_an_edit_takes_its_message_with_it(backend: ConsoleBackend, store: Store) -> None:
    """A message that speaks of another was edited to be the customer's: it goes with all its edits."""
    failed = await backend.fail({**broken("QC-BROKEN"), "customerId": OTHER})
    for customer in (CUSTOMER, OTHER):
        edited = messages.order("QC-BROKEN", customerId=customer)
        await backend.services.messages.save_edit(failed, json.dumps(edited).encode(), by="ann@x")

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)

    assert await store.all("failed_messages") == []
    assert await store.all("edits") == []


async def test_only_a_thorough_erasure_looks_under_other_names(backend: ConsoleBackend, store: Store) -> None:
    """A note that nobody knows to be personal takes opening everything."""
    await backend.fail({**broken("QC-BROKEN"), "note": f"ask {CUSTOMER} at the door"})
    eraser = Eraser(*store.parts)

    assert await eraser.erase(CUSTOMER) == report()
    assert await eraser.erase(CUSTOMER, thorough=True) == report(failed=1)


async def test_events_that_are_not_out_are_erased_later(backend: ConsoleBackend, store: Store) -> None:
    """A claim whose events may still have to be published keeps them, and is told to need another run."""
    await store.create(backend, "QC-THEIRS", CUSTOMER)
    (claim,) = await store.all("processed_messages")
    await store.write(claim, {"sentAt": None})

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(orders=1, again=1)


async def test_others_orders_are_not_read(store: Store) -> None:
    """As many documents are read among 50 orders as among 500; the thorough way reads them all."""
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
    """A customer of many orders is erased page by page, each page from where the last one ended."""
    number = 2 * PAGE_SIZE + 5
    await store.fill(number, CUSTOMER)

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(orders=number)


async def test_a_customer_is_found_whichever_key_sealed(store: Store) -> None:
    """While a rotation is under way, one search finds what the old key made findable, and the new one."""
    prepared = prepared_keyset(store.keyset)
    rotated = Cipher(promoted_keyset(prepared))
    await store.fill(1, CUSTOMER, Cipher(prepared))
    await store.fill(1, f"{CUSTOMER}-2", rotated)
    eraser = Eraser(store.rpc, store.queries, rotated)

    assert await eraser.erase(CUSTOMER) == report(orders=1)
    assert await eraser.erase(f"{CUSTOMER}-2") == report(orders=1)


async def test_what_is_older_than_the_search_is_found_once_reencrypted(
    backend: ConsoleBackend, store: Store
) -> None:
    """Documents without keys are given theirs by the command that seals anew."""
    await store.create(backend, "QC-THEIRS", CUSTOMER)
    await backend.fail({**broken("QC-BROKEN"), "customerId": CUSTOMER})
    failed = await backend.fail(broken("QC-BROKEN-2"))
    await backend.services.messages.save_edit(
        failed, json.dumps(messages.order("QC-9", customerId=CUSTOMER)).encode(), by="ann@x"
    )
    for collection in ("orders", "processed_messages", "failed_messages", "edits"):
        await store.forget_keys(collection)
    eraser = Eraser(*store.parts)

    assert await eraser.erase(CUSTOMER) == report()
    assert (await Reencryptor(*store.parts).reencrypt())["re-encrypted"] == 5
    assert await eraser.erase(CUSTOMER) == report(orders=1, claims=1, failed=2)
