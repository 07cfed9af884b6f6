"""Automatic replay: its status by subscription, and its pauses."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter

from api.views import View
from shared.failed_messages.automatic_replay import AutomaticReplayStatus
from shared.failed_messages.console_services import ConsoleServices
from web.dependencies import Services
from web.identity import CurrentUser
from web.roles import Role, require_role

router = APIRouter(tags=["automatic replay"])


class AutomaticReplayStatusView(View):
    """Whether a subscription's messages are replayed automatically, and who paused that."""

    subscription: str
    enabled: bool
    paused_by: str | None
    paused_at: datetime | None

    @classmethod
    def of_status(cls, subscription: str, status: AutomaticReplayStatus) -> Self:
        """Convert the status of one subscription."""
        pause = status.pause
        return cls(
            subscription=subscription,
            enabled=status.enabled,
            paused_by=pause.paused_by if pause else None,
            paused_at=pause.paused_at if pause else None,
        )


@router.get("/automatic-replay", dependencies=[require_role(Role.VIEWER)])
async def list_status(services: Services) -> list[AutomaticReplayStatusView]:
    """List the subscriptions with their automatic replay: enabled, and paused by whom."""
    return await _statuses(services)


@router.post("/automatic-replay/{subscription}/pause", dependencies=[require_role(Role.OPERATOR, "pause")])
async def pause(subscription: str, services: Services, user: CurrentUser) -> list[AutomaticReplayStatusView]:
    """Stop automatic replay of a subscription until a person resumes it."""
    await services.automatic_replay.pause(subscription, by=user)
    return await _statuses(services)


@router.post("/automatic-replay/{subscription}/resume", dependencies=[require_role(Role.OPERATOR, "resume")])
async def resume(subscription: str, services: Services, user: CurrentUser) -> list[AutomaticReplayStatusView]:
    """Continue automatic replay of a subscription."""
    await services.automatic_replay.resume(subscription, by=user)
    return await _statuses(services)


async def _statuses(services: ConsoleServices) -> list[AutomaticReplayStatusView]:
    statuses = await services.automatic_replay.status()
    return [AutomaticReplayStatusView.of_status(name, statuses[name]) for name in sorted(statuses)]
