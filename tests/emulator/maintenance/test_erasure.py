"""An erasure removes one customer everywhere, however a message names the customer."""

import json

import pytest

from shared.maintenance.erase import ERASED, Eraser
from tests import messages
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
    post,
)
from tests.emulator.maintenance.encrypted_documents import CUSTOMER, OTHER, Store, report

pytestmark = pytest.mark.emulator

MEMBER = "T1-ERASE-ME"


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


@pytest.mark.parametrize("data", [f'{{"customerId": "{CUSTOMER}"', '{"customerId": 12345.0}'])
async def test_what_names_its_customer_irregularly_is_found_after_a_replay(
    backend: ConsoleBackend, store: Store, data: str
) -> None:
    """A payload that is no JSON may be about anyone; an id that is a number has the spelling of a text."""
    failed = await backend.fail(data.encode(), ordering_key="")
    await backend.services.messages.replay(failed, by="ann@x")

    customer = CUSTOMER if CUSTOMER in data else "12345"
    assert await Eraser(*store.parts).erase(customer) == report(failed=1)
