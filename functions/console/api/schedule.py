"""The requests of the schedule: `terraform/console_schedule.tf` says how often it makes each."""

from fastapi import APIRouter

from api.views import View
from web.dependencies import Services
from web.roles import Role, require_role

router = APIRouter()


class AutomaticReplayView(View):
    """The number of messages that one scheduled request checked and resolved."""

    looked_at: int
    resolved: int


class ScheduledRunView(View):
    """The number of operations that one scheduled request worked on."""

    advanced: int


class DeadlineSweepView(View):
    """How many orders one scheduled request checked and changed, and how many checks failed."""

    checked: int
    changed: int
    failed: int


@router.post(
    "/retry-deferred",
    tags=["automatic replay"],
    dependencies=[require_role(Role.OPERATOR, "retry-deferred", scheduled=True)],
)
async def replay_due(services: Services) -> AutomaticReplayView:
    """Replay the messages with a due automatic replay, and check what grows; the schedule calls this."""
    report = await services.automatic_replay.replay_due()
    await services.growth.run()
    return AutomaticReplayView.of(report)


@router.post(
    "/advance-runs",
    tags=["bulk operations"],
    dependencies=[require_role(Role.OPERATOR, "advance-runs", scheduled=True)],
)
async def advance_scheduled(services: Services) -> ScheduledRunView:
    """Work on all operations that are neither ended nor paused; the schedule calls this."""
    return ScheduledRunView(advanced=await services.bulk.advance_scheduled())


@router.post(
    "/check-deadlines",
    tags=["overview"],
    dependencies=[require_role(Role.OPERATOR, "check-deadlines", scheduled=True)],
)
async def check_deadlines(services: Services) -> DeadlineSweepView:
    """Check the orders with a missed deadline; the schedule calls this."""
    return DeadlineSweepView.of(await services.deadlines.run())
