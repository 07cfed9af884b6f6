"""What people tried beyond their role; only who approves may see it."""

from datetime import datetime

from fastapi import APIRouter

from api.params import Cursor, ReviewDep
from api.views import PageView, View, page_view

router = APIRouter(tags=["denied attempts"])


class DeniedAttemptsView(View):
    """All of one actor's attempts at one action within an hour; `targets` are the first twenty."""

    by: str
    role: str
    action: str
    targets: list[str]
    count: int
    first_at: datetime
    last_at: datetime


@router.get("/denied")
async def list_denied(review: ReviewDep, cursor: Cursor = None) -> PageView[DeniedAttemptsView]:
    """List denied attempts, the last one first."""
    return page_view(DeniedAttemptsView, await review.denials.page(cursor))
