"""An erasure removes one customer everywhere, and reads no documents of other customers."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from unittest import mock

import httpx2
import pytest

from shared.consumer.function_answer import DryRunResult
from shared.contracts.outgoing import OutgoingMessage
from shared.failed_messages.bulk_operation import BulkAction, BulkStatus
from shared.failed_messages.bulk_operations import BulkRequest
from shared.failed_messages.errors import NotFound
from shared.failed_messages.function_client import FunctionClient, PushRequest
from shared.gcp.firestore.writes import delete
from shared.maintenance.erase import ERASED, Eraser
from shared.maintenance.reencrypt import Reencryptor
from shared.maintenance.stored_documents import PAGE_SIZE
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import prepared_keyset, promoted_keyset
from tests import messages
from tests.emulator.failed_messages.bulk import FAST, finished
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
    outage,
    post,
)
from tests.emulator.maintenance.encrypted_documents import CUSTOMER, OTHER, Store

pytestmark = pytest.mark.emulator

MEMBER = "T1-ERASE-ME"


def report(orders: int = 0, claims: int = 0, failed: int = 0, again: int = 0) -> dict[str, int]:
    """Return the counts of an erasure."""
    return {"orders": orders, "claims": claims, "failed messages": failed, "changed meanwhile": again}


async def test_one_customer_is_erased_and_no_other(backend: ConsoleBackend, store: Store) -> None:
    """Orders lose their customer, claims lose their events, and failed messages are deleted."""
    await store.create(backend, "QC-CUSTOMER", CUSTOMER)
    await store.create(backend, "QC-OTHER", OTHER)
    await backend.fail({**broken("QC-BROKEN"), "customerId": CUSTOMER})
    kept = await backend.fail({**broken("QC-BROKEN-2"), "customerId": OTHER})
    eraser = Eraser(*store.parts)

    assert await eraser.erase(CUSTOMER) == report(orders=1, claims=1, failed=1)

    assert (await store.order("QC-CUSTOMER")).customer_id == ERASED
    assert (await store.order("QC-OTHER")).customer_id == OTHER
    assert (await backend.services.messages.find(kept)).id == kept
    assert await eraser.erase(CUSTOMER) == report()
    assert await eraser.erase(CUSTOMER, thorough=True) == report()
    again = messages.order_of([messages.line(1)], "QC-CUSTOMER", customerId=CUSTOMER)
    assert await post(backend.creation.instance(), messages.push(again)) == 204


async def test_an_erasure_stops_no_bulk_operation(backend: ConsoleBackend, store: Store) -> None:
    """Messages of a customer who was erased meanwhile are skipped: one that failed, and a later one."""
    orders = (
        (broken("QC-0"), CUSTOMER),
        (messages.order("QC-1"), CUSTOMER),
        (messages.order("QC-2"), OTHER),
    )
    ids = [
        await backend.fail(order | {"customerId": customer}, ordering_key=customer)
        for order, customer in orders
    ]
    request = BulkRequest(
        action=BulkAction.REPLAY, message_ids=tuple(ids), confirmed=3, max_failures=1, rate=FAST
    )
    run = await backend.services.bulk.start(request, by="ann@x")
    run = await backend.services.bulk.advance(run.id, limit=1)
    assert (run.failed, run.running) == (1, True)

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=2)
    run = await finished(backend, run)

    assert (run.status, run.done, run.skipped, run.failed) == (BulkStatus.DONE, 1, 1, 1)


async def test_an_erasure_stops_no_automatic_replay(backend: ConsoleBackend, store: Store) -> None:
    """A due message that is deleted before its turn is left out; the one after it has its turn."""
    for number, customer in enumerate((OTHER, CUSTOMER, OTHER)):
        order = messages.order(f"QC-{number}", customerId=customer)
        await backend.fail(order, ordering_key=customer, **outage())

    async def erase(_: httpx2.Request) -> None:
        backend.transport.before = None
        assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)

    backend.transport.before = erase

    assert (await backend.services.automatic_replay.replay_due()).resolved == 2


async def test_an_erasure_stops_no_notice(backend: ConsoleBackend, store: Store) -> None:
    """A message that is deleted while its notice is published does not stop the notices of others."""
    for number, customer in enumerate((CUSTOMER, CUSTOMER, OTHER)):
        message_id = await backend.fail({**broken(f"QC-{number}"), "customerId": customer})
        await backend.services.messages.discard(message_id, by="operator", reason="a test")
    published: list[OutgoingMessage] = []

    class ErasingPublisher:
        async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
            published.extend(messages)
            await Eraser(*store.parts).erase(CUSTOMER)

    notices = replace(backend.services.automatic_replay.notices, publisher=ErasingPublisher())

    await notices.publish_due()

    assert len(published) == 3
    assert not await notices.repository.list_notices_due(1)


async def test_a_membership_finds_its_orders_and_messages(backend: ConsoleBackend, store: Store) -> None:
    """One search covers every personal field, memberships included, with white space around the id, too."""
    order = messages.order_of([messages.line(1)], "QC-CUSTOMER", t1MembershipId=MEMBER)
    assert await post(backend.creation.instance(), messages.push(order)) == 204
    await backend.fail({**broken("QC-BROKEN"), "t1MembershipId": MEMBER})

    assert await Eraser(*store.parts).erase(f" {MEMBER}") == report(orders=1, failed=1)

    assert (await store.order("QC-CUSTOMER")).t1_membership_id == ERASED


@pytest.mark.parametrize(
    "data",
    [
        f'{{"customerId": "{CUSTOMER}"'.encode(),
        f'{{"customerId": "{OTHER}", "customerId": "{CUSTOMER}"}}'.encode(),
        json.dumps({"Order": [{"CUSTOMER_ID": CUSTOMER}]}).encode(),
        json.dumps({"customerId": f" {CUSTOMER}\n"}).replace("-", r"\u002d").encode(),
        json.dumps([{"customerId": f"CUST-{each}"} for each in range(99)] + [CUSTOMER]).encode(),
    ],
)
async def test_a_broken_message_is_found(backend: ConsoleBackend, store: Store, data: bytes) -> None:
    """Truncated JSON, duplicate or misspelt fields, escapes and long lists are found; other messages stay."""
    await backend.fail(data)
    kept = await backend.fail(f'{{"customerId": "{OTHER}'.encode())

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)

    assert (await backend.services.messages.find(kept)).id == kept


async def test_an_edit_deletes_its_message(backend: ConsoleBackend, store: Store) -> None:
    """A message of another customer, edited to name this one, is deleted with all its edits."""
    failed = await backend.fail({**broken("QC-BROKEN"), "customerId": OTHER})
    for customer in (CUSTOMER, OTHER):
        edited = messages.order("QC-BROKEN", customerId=customer)
        await backend.services.messages.save_edit(failed, json.dumps(edited).encode(), by="ann@x")

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)

    assert await store.all("failed_messages") == []
    assert await store.all("edits") == []


async def test_no_edit_outlives_its_message(backend: ConsoleBackend, store: Store) -> None:
    """The customer is erased while the function checks the edit; an edit that was left alone goes, too."""
    data = json.dumps(messages.order("QC-BROKEN", customerId=CUSTOMER)).encode()
    noise = random.Random(1).randbytes(1_000_000).hex()  # noqa: S311 - repeatable
    large = json.dumps(messages.order("QC-BROKEN", customerId=CUSTOMER, note=noise)).encode()
    failed = await backend.fail({**broken("QC-BROKEN"), "customerId": CUSTOMER})
    left = await backend.fail({**broken("QC-BROKEN-2"), "customerId": OTHER})
    await backend.services.messages.save_edit(left, data, by="ann@x")
    await store.rpc.commit([delete(store.rpc.name(f"failed_messages/{left}"))])
    check = FunctionClient.dry_run

    async def erase_first(client: FunctionClient, request: PushRequest) -> DryRunResult:
        assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=2)
        return await check(client, request)

    with mock.patch.object(FunctionClient, "dry_run", erase_first), pytest.raises(NotFound):
        await backend.services.messages.save_edit(failed, large, by="ann@x")

    assert await store.all("edits") == []
    assert await store.all("pages") == []  # no chunk of the large edit


@pytest.mark.parametrize("data", [f'{{"customerId": "{CUSTOMER}"', '{"customerId": 12345.0}'])
async def test_what_names_its_customer_irregularly_is_found_after_a_replay(
    backend: ConsoleBackend, store: Store, data: str
) -> None:
    """A payload that is no JSON may be about anyone; an id that is a number has the spelling of a text."""
    failed = await backend.fail(data.encode(), ordering_key="")
    await backend.services.messages.replay(failed, by="ann@x")

    customer = CUSTOMER if CUSTOMER in data else "12345"
    assert await Eraser(*store.parts).erase(customer) == report(failed=1)


async def test_only_a_thorough_erasure_searches_unknown_fields(backend: ConsoleBackend, store: Store) -> None:
    """A customer id in an unknown field is found only by decrypting everything."""
    await backend.fail({**broken("QC-BROKEN"), "note": f"ask {CUSTOMER} at the door"})
    eraser = Eraser(*store.parts)

    assert await eraser.erase(CUSTOMER) == report()
    assert await eraser.erase(CUSTOMER, thorough=True) == report(failed=1)


async def test_unpublished_events_are_erased_later(backend: ConsoleBackend, store: Store) -> None:
    """A claim keeps its events until they are published, and counts as to be tried again."""
    await store.create(backend, "QC-CUSTOMER", CUSTOMER)
    (claim,) = await store.all("processed_messages")
    await store.write(claim, {"sentAt": None})

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(orders=1, again=1)


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
