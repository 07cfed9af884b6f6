"""Of commits that meet one is written whole; the others lose and write nothing."""

import asyncio
from dataclasses import replace

import pytest

from shared.consumer.idempotency import claim_id
from shared.consumer.ports import Store
from shared.errors import LostRace
from tests.emulator.consumer.entities import (
    claim,
    reservation,
    stock,
    waiting_order,
)
from tests.emulator.consumer.stores import CLAIM, new, replacement, stored

pytestmark = pytest.mark.emulator


async def test_a_claim_is_created_once(store: Store) -> None:
    """A second commit of a claim loses the race, and neither claim nor entity changes."""
    await store.commit(claim(), new(stock(1)))
    second = await replacement(store, stock(2))

    with pytest.raises(LostRace):
        await store.commit(claim(message_id="another"), [second])

    loaded = await store.load(CLAIM, [stock().ref])
    assert loaded.claim == claim()
    assert loaded.state == {stock().ref: stock(1)}


async def test_a_new_entity_is_new(store: Store) -> None:
    """Creating an entity that exists loses the race, and nothing of the commit is written."""
    await store.commit(claim(), new(stock(1)))

    with pytest.raises(LostRace):
        await store.commit(claim("other"), new(stock(2), reservation()))

    loaded = await store.load(claim_id("contract", "other"), [stock().ref, reservation().ref])
    assert loaded.claim is None
    assert loaded.state == {stock().ref: stock(1)}


async def test_an_entity_is_replaced_only_over_the_version_that_was_read(store: Store) -> None:
    """Of two changes decided on one version the first is written; the second loses and writes nothing."""
    await store.commit(claim(), new(stock(1)))
    change = await replacement(store, stock(2))
    await store.commit(claim("first"), [change])

    with pytest.raises(LostRace):
        await store.commit(claim("second"), [replace(change, entity=stock(3)), *new(reservation())])

    loaded = await store.load(claim_id("contract", "second"), [stock().ref, reservation().ref])
    assert loaded.claim is None
    assert loaded.state == {stock().ref: stock(2)}


async def test_a_lost_race_removes_nothing(store: Store) -> None:
    """Removals are a part of the commit, which is applied as a whole or not at all."""
    await store.commit(claim(), new(waiting_order("QC-1"), stock(1)))

    with pytest.raises(LostRace):
        await store.commit(claim("end"), new(stock(2)), [waiting_order("QC-1").ref])

    assert await stored(store, waiting_order("QC-1")) == waiting_order("QC-1")


async def test_of_many_simultaneous_commits_of_one_claim_one_wins(store: Store) -> None:
    """Twenty commits that start together: one writes, the others lose, and what is stored is the winner's."""
    gate = asyncio.Event()

    async def commit(number: int) -> int | None:
        await gate.wait()
        try:
            await store.commit(claim(message_id=str(number)), new(stock(number)))
        except LostRace:
            return None
        return number

    rivals = [asyncio.create_task(commit(number)) for number in range(20)]
    await asyncio.sleep(0)
    gate.set()
    winners = [number for number in await asyncio.gather(*rivals) if number is not None]

    assert len(winners) == 1
    loaded = await store.load(CLAIM, [stock().ref])
    assert loaded.claim == claim(message_id=str(winners[0]))
    assert loaded.state == {stock().ref: stock(winners[0])}
