"""Creations and changes of the same moment share a commit, and nothing else: each has its own outcome."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.errors import LostRace, StoreUnavailable
from shared.gcp.channel import open_channel
from shared.gcp.firestore.group_commit import MAX_WRITES, GroupCommit
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.gcp.firestore.writes import Write, create, set_document, update_if
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator


class WatchedRpc(FirestoreRpc):
    """Real calls, with the number of writes of each commit; an answer is lost where a test says so."""

    commits: list[int]
    lost_answers: int

    async def commit(self, writes: Sequence[Write]) -> None:
        self.commits.append(len(writes))
        await super().commit(writes)
        if self.lost_answers:
            self.lost_answers -= 1
            raise StoreUnavailable("answered UNAVAILABLE")


@pytest.fixture
async def rpc(emulators: Emulators, project: str) -> AsyncIterator[WatchedRpc]:
    """Yield calls to a database of the test's own."""
    async with open_channel(emulators.firestore, "") as channel:
        watched = WatchedRpc(channel, project, metadata=EMULATOR_OWNER)
        watched.commits, watched.lost_answers = [], 0
        yield watched


def creation(rpc: FirestoreRpc, name: str) -> list[Write]:
    """Return what one delivery writes: a claim and an order."""
    return [create(rpc.name(f"{each}/{name}"), {"of": name}) for each in ("claims", "orders")]


async def outcomes(commits: GroupCommit, *deliveries: Sequence[Write]) -> list[BaseException | None]:
    """Commit for several deliveries at once."""
    return await asyncio.gather(*map(commits.commit, deliveries), return_exceptions=True)


async def kept(rpc: FirestoreRpc, *names: str) -> set[str]:
    """Name what is stored."""
    return {*await rpc.get([f"{each}/{name}" for name in names for each in ("claims", "orders")])}


async def test_creations_of_one_moment_are_one_commit(rpc: WatchedRpc) -> None:
    """Three deliveries create their documents in one call, and a later one in a call of its own."""
    commits = GroupCommit(rpc)
    assert await outcomes(commits, *(creation(rpc, name) for name in "abc")) == [None, None, None]
    await commits.commit(creation(rpc, "d"))

    assert rpc.commits == [6, 2]
    assert len(await kept(rpc, *"abcd")) == 8


async def test_a_conflict_affects_its_own_delivery_only(rpc: WatchedRpc) -> None:
    """Where a document exists, its own delivery loses the race; the others commit."""
    await rpc.commit([set_document(rpc.name("orders/b"), {"of": "another"})])
    lost = await outcomes(GroupCommit(rpc), *(creation(rpc, name) for name in "abc"))

    assert [type(each) for each in lost] == [type(None), LostRace, type(None)]
    assert rpc.commits[1:] == [6, 2, 2, 2]
    assert await kept(rpc, *"abc") == {"claims/a", "orders/a", "orders/b", "claims/c", "orders/c"}


async def test_the_same_document_twice_is_two_commits(rpc: WatchedRpc) -> None:
    """Of two deliveries that create the same documents in one moment one wins and one loses."""
    lost = await outcomes(GroupCommit(rpc), creation(rpc, "a"), creation(rpc, "a"), creation(rpc, "b"))

    assert sorted(type(each).__name__ for each in lost) == ["LostRace", "NoneType", "NoneType"]
    assert len(await kept(rpc, *"ab")) == 4


async def test_a_lost_answer_loses_every_race_and_nothing_else(rpc: WatchedRpc) -> None:
    """What took effect without an answer is found by each delivery as created already."""
    rpc.lost_answers = 1
    lost = await outcomes(GroupCommit(rpc), creation(rpc, "a"), creation(rpc, "b"))

    assert [type(each) for each in lost] == [LostRace, LostRace]
    assert len(await kept(rpc, *"ab")) == 4


async def test_a_lost_answer_alone_is_not_asked_for_again(rpc: WatchedRpc) -> None:
    """A delivery alone in its call gets the answer of the call."""
    rpc.lost_answers = 1
    assert [type(each) for each in await outcomes(GroupCommit(rpc), creation(rpc, "a"))] == [StoreUnavailable]
    assert rpc.commits == [2]


async def test_a_cancelled_delivery_leaves_the_others(rpc: WatchedRpc) -> None:
    """A delivery that is cancelled while its call is under way leaves the others theirs."""
    commits = GroupCommit(rpc)
    first, second = (asyncio.create_task(commits.commit(creation(rpc, name))) for name in "ab")
    await asyncio.sleep(0)
    first.cancel()
    await second

    assert {"claims/b", "orders/b"} <= await kept(rpc, *"ab")


async def test_a_group_ends_at_its_limit(rpc: WatchedRpc) -> None:
    """More writes than one call is to carry are more calls."""
    names = [f"n{number}" for number in range(MAX_WRITES // 2 + 1)]
    assert not any(await outcomes(GroupCommit(rpc), *(creation(rpc, name) for name in names)))
    assert sorted(rpc.commits) == [2, MAX_WRITES]


async def test_contended_changes_are_committed_alone(rpc: WatchedRpc) -> None:
    """A commit with an update of a contended document shares no call, so it waits for no other delivery."""
    change = [set_document(rpc.name("orders/x"), {"of": "x"}), *creation(rpc, "y")]
    assert not any(await outcomes(GroupCommit(rpc), change, creation(rpc, "a"), creation(rpc, "b")))
    assert sorted(rpc.commits) == [3, 4]


async def change_of_order(rpc: FirestoreRpc, name: str) -> list[Write]:
    """Return what one delivery writes: a claim, and an order as it is stored now."""
    path = f"orders/{name}"
    stored = (await rpc.get([path]))[path]
    return [
        create(rpc.name(f"claims/{name}-changed"), {"of": name}),
        update_if(stored, {"of": name}, {"of": f"{name} changed"}),
    ]


async def test_a_conflict_of_a_change_affects_its_own_delivery_only(rpc: WatchedRpc) -> None:
    """Changes of orders share a call. Where one order has changed, its own delivery loses the race."""
    await rpc.commit([each for name in "abc" for each in creation(rpc, name)])
    changes = [await change_of_order(rpc, name) for name in "abc"]
    await rpc.commit([set_document(rpc.name("orders/b"), {"of": "another"})])
    commits = GroupCommit(rpc)

    lost = await asyncio.gather(
        *(commits.commit(each, contended=False) for each in changes), return_exceptions=True
    )

    assert [type(each) for each in lost] == [type(None), LostRace, type(None)]
    assert rpc.commits[2:] == [6, 2, 2, 2]
    found = await rpc.get([f"orders/{name}" for name in "abc"])
    assert [each.fields["of"].string_value for each in found.values()] == [
        "a changed",
        "another",
        "c changed",
    ]


async def test_changes_of_one_order_are_two_commits(rpc: WatchedRpc) -> None:
    """Of two deliveries that change one order in one moment, one wins; a third one is not touched."""
    await rpc.commit([*creation(rpc, "a"), *creation(rpc, "b")])
    first, other = await change_of_order(rpc, "a"), await change_of_order(rpc, "b")
    second = [create(rpc.name("claims/second"), {"of": "a"}), first[1]]
    commits = GroupCommit(rpc)

    lost = await asyncio.gather(
        *(commits.commit(each, contended=False) for each in (first, second, other)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in lost) == ["LostRace", "NoneType", "NoneType"]
    assert lost[2] is None
