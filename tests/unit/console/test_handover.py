"""A handover replaces only what its person saw: a note of another person is not lost unread."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from shared.failed_messages.errors import HandoverChanged
from shared.failed_messages.failure_groups import FailureGroup, Handover
from shared.failed_messages.overview import GroupSummary
from tests.unit.failed_messages.failed_messages import NOW
from web.handover import HandoverFields, hand_over_group

if TYPE_CHECKING:
    from shared.failed_messages.console_services import ConsoleServices

GROUP = FailureGroup(
    id="0" * 32,
    subscription="order-create-sub",
    topic="order-create",
    error_type="rejected",
    slug="contract.invalid",
    critical=True,
    first_seen_at=NOW,
    last_seen_at=NOW,
    owner="ann@x",
    note="call the sender",
)


@dataclass
class OneGroup:
    """An overview of one group, and the handovers that were stored."""

    present: FailureGroup = GROUP
    stored: list[Handover] = field(default_factory=list)

    async def group(self, _: str) -> GroupSummary:
        """Return the group."""
        return GroupSummary(group=self.present, open=1)

    async def hand_over(self, _: str, handover: Handover, *, by: str) -> None:
        """Store a handover."""
        self.stored.append(handover)

    def clock(self) -> datetime:
        """Return a fixed time."""
        return NOW


@dataclass
class Services:
    """The console's services, as far as a handover needs them."""

    overview: OneGroup


async def hand_over(overview: OneGroup, **fields: Any) -> None:
    """Hand the group over by a form."""
    services = cast("ConsoleServices", Services(overview))
    await hand_over_group(services, GROUP.id, HandoverFields(**fields), "bob@x")


@pytest.mark.parametrize("seen", [GROUP.handover_id, None])
async def test_what_was_seen_is_replaced(seen: str | None) -> None:
    """A program that names nothing that it saw replaces what is there."""
    overview = OneGroup()
    await hand_over(overview, note="mine", seen=seen)
    assert [each.note for each in overview.stored] == ["mine"]


@pytest.mark.parametrize(
    "changed", [{"owner": "cy@x"}, {"note": "called"}, {"ticket": "https://t/1"}, {"muted_until": NOW}]
)
async def test_what_was_changed_meanwhile_is_not_replaced(changed: dict[str, Any]) -> None:
    """The form was opened before: nothing is stored."""
    overview = OneGroup(replace(GROUP, **changed))
    with pytest.raises(HandoverChanged):
        await hand_over(overview, note="mine", seen=GROUP.handover_id)
    assert overview.stored == []


def test_a_failure_does_not_change_what_was_seen() -> None:
    """New messages of the group update other fields."""
    assert (
        replace(GROUP, last_seen_at=NOW.replace(year=2030), critical=False).handover_id == GROUP.handover_id
    )
