"""A handover replaces only what its person saw: a note of another person is not lost unread."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from shared.failed_messages.errors import HandoverChanged
from shared.failed_messages.failure_groups import FailureGroup, Handover
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken
from tests.unit.failed_messages.failed_messages import NOW
from web.handover import HandoverFields, hand_over_group

pytestmark = pytest.mark.emulator

PRESENT = Handover(owner="ann@x", note="call the sender")


@pytest.fixture
async def group(backend: ConsoleBackend) -> FailureGroup:
    """Hand a group over, and return it."""
    failed = await backend.services.messages.find(await backend.fail(broken("QC-1")))
    await backend.services.overview.hand_over(failed.group_id, PRESENT, by="ann@x")
    return await _find(backend, failed.group_id)


async def _find(backend: ConsoleBackend, group_id: str) -> FailureGroup:
    return (await backend.services.overview.group(group_id)).group


async def _hand_over(backend: ConsoleBackend, group: FailureGroup, **fields: Any) -> None:
    await hand_over_group(backend.services, group.id, HandoverFields(**fields), "bob@x")


@pytest.mark.parametrize("named", [True, False])
async def test_what_was_seen_is_replaced(
    backend: ConsoleBackend, group: FailureGroup, *, named: bool
) -> None:
    """A program that names nothing that it saw replaces what is there."""
    await _hand_over(backend, group, note="mine", seen=group.handover_id if named else None)
    assert (await _find(backend, group.id)).note == "mine"


@pytest.mark.parametrize(
    "changed", [{"owner": "cy@x"}, {"note": "called"}, {"ticket": "https://t/1"}, {"muted_until": NOW}]
)
async def test_what_was_changed_meanwhile_is_not_replaced(
    backend: ConsoleBackend, group: FailureGroup, changed: dict[str, Any]
) -> None:
    """The form was opened before: nothing is stored."""
    await backend.services.overview.hand_over(group.id, replace(PRESENT, **changed), by="cy@x")
    before = await _find(backend, group.id)
    with pytest.raises(HandoverChanged):
        await _hand_over(backend, group, note="mine", seen=group.handover_id)
    assert await _find(backend, group.id) == before


async def test_of_two_at_the_same_moment_one_is_refused(backend: ConsoleBackend, group: FailureGroup) -> None:
    """Both forms show the same handover, and are sent at once: one of the notes is stored."""
    answers = await asyncio.gather(
        *(_hand_over(backend, group, note=note, seen=group.handover_id) for note in ("first", "second")),
        return_exceptions=True,
    )
    assert [type(each) for each in answers if each] == [HandoverChanged]
    assert (await _find(backend, group.id)).note == ("second" if answers[0] else "first")


def test_a_failure_does_not_change_what_was_seen(group: FailureGroup) -> None:
    """New messages of the group update other fields."""
    later = replace(group, last_seen_at=NOW.replace(year=2030), critical=not group.critical)
    assert later.handover_id == group.handover_id
