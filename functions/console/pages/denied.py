"""Denied attempts, for who approves."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.params import Cursor, ReviewDep
from pages.rendering import show

router = APIRouter()


@router.get("/denied")
async def denied(request: Request, review: ReviewDep, cursor: Cursor = None) -> Response:
    """List what people tried beyond their role, the last attempt first."""
    return show(request, "denied.html", page=await review.denials.page(cursor), first=cursor is None)
