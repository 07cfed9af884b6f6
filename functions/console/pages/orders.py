"""An order with everything that happened to it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.params import ReviewDep
from pages.rendering import show
from shared.failed_messages.errors import NotFound

SHOWN_LINES = 200

router = APIRouter()


@router.get("/orders")
async def order(
    request: Request, review: ReviewDep, order_id: Annotated[str, Query(alias="id", max_length=128)]
) -> Response:
    """Show an order by its id."""
    order_id = order_id.strip()
    try:
        found = await review.orders.find(order_id)
    except NotFound:
        return show(request, "order_search.html", 404, order_id=order_id)
    return show(request, "order.html", found=found, shown_lines=SHOWN_LINES)
