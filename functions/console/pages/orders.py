"""The page of an order."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from pages.rendering import show
from shared.failed_messages.errors import NotFound
from web.dependencies import Services
from web.roles import Role, require_role

MAX_SHOWN_LINES = 200
"""Lines of an order on a page."""

router = APIRouter()


@router.get("/orders", dependencies=[require_role(Role.VIEWER)])
async def order(
    request: Request, services: Services, order_id: Annotated[str, Query(alias="id", max_length=128)]
) -> Response:
    """Show an order by its id."""
    order_id = order_id.strip()
    try:
        found = await services.orders.find(order_id)
    except NotFound:
        return show(request, "order_search.html", 404, order_id=order_id)
    return show(request, "order.html", found=found, shown_lines=MAX_SHOWN_LINES)
