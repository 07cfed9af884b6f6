"""Reports for producers."""

from datetime import datetime

from fastapi import APIRouter

from api.group_views import FailureGroupView
from api.views import View
from web.dependencies import Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

router = APIRouter(prefix="/groups", tags=["overview"])


class ProducerReportView(View):
    """What the producer needs to find and correct the fault; the example is masked."""

    group: FailureGroupView
    open: int
    read: int
    rules: dict[str, int]
    producers: dict[str, int]
    first_published_at: datetime | None
    last_published_at: datetime | None
    order_ids: list[str]
    example_id: str
    example: str


@router.get("/{group_id}/report", dependencies=[require_role(Role.VIEWER)])
async def write_report(group_id: Id, services: Services, user: CurrentUser) -> ProducerReportView:
    """Report about the open messages of a group, for its producer."""
    return ProducerReportView.of(await services.reports.download(group_id, by=user))
