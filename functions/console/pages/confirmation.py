"""What a run would do: how many messages, in which order."""

import asyncio
from collections.abc import Sequence
from typing import Any

from shared.failed_messages.bulk_operation import RunAction
from shared.failed_messages.model import Case, CaseStatus
from shared.failed_messages.repository import CaseFilter
from shared.failed_messages.services import Review


async def confirmation(
    review: Review, action: RunAction, group: str | None, cases: Sequence[str]
) -> dict[str, Any]:
    """Gather what a person has to know before they confirm a run of a group, or of selected messages."""
    if group is not None:
        total = await review.cases.count(CaseFilter(status=CaseStatus.OPEN, group_id=group))
        listed = (await review.cases.unfinished(group, limit=1)).items
        shown: Sequence[Case] = ()
    else:
        listed = shown = await _open(review, cases)
        total = len(shown)
    return {
        "action": action,
        "group": group,
        "selected": tuple(case.id for case in shown),
        "total": total,
        "listed": shown,
        "first_case": listed[0].id if listed else None,
    }


async def _open(review: Review, cases: Sequence[str]) -> tuple[Case, ...]:
    found = await asyncio.gather(*(review.desk.case(each) for each in dict.fromkeys(cases)))
    unfinished = [case for case in found if case.status in (CaseStatus.OPEN, CaseStatus.REPLAYING)]
    return tuple(sorted(unfinished, key=lambda case: (case.publish_time, case.id)))
