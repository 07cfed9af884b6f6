"""One search for orders, failed messages, groups and customers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.group_views import FailureGroupView
from api.message_views import FailedMessageView
from api.views import PageView, View, page_view
from web.dependencies import MAX_TERM_LENGTH, Cursor, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

router = APIRouter(tags=["search"])


class SearchBody(BaseModel):
    """An id, a customer, or a text of a failure reason."""

    term: Annotated[str, Field(min_length=1, max_length=MAX_TERM_LENGTH)]


class CustomerOrderView(View):
    """An order of the customer that was searched."""

    order_id: str
    status: str
    updated_at: datetime


class FoundView(View):
    """Everything that a search found; `customer` says that it found a customer, and is recorded."""

    message_id: str | None
    group_id: str | None
    order_id: str | None
    messages: list[FailedMessageView]
    customer: bool
    customer_orders: list[CustomerOrderView]
    customer_messages: list[FailedMessageView]
    groups: list[FailureGroupView]


class CustomerSearchView(View):
    """A search that found a customer."""

    by: str
    at: datetime
    orders: int
    messages: int


@router.post("/search", dependencies=[require_role(Role.VIEWER)])
async def search(services: Services, user: CurrentUser, body: SearchBody) -> FoundView:
    """Search an id, a customer or a text; a POST, because an address is logged and may name a customer."""
    return FoundView.of(await services.search.find(body.term.strip(), by=user))


@router.get("/customer-searches", dependencies=[require_role(Role.APPROVER, "customer-searches")])
async def list_searches(services: Services, cursor: Cursor = None) -> PageView[CustomerSearchView]:
    """List the searches that found a customer, the newest first."""
    return page_view(CustomerSearchView, await services.searches.page(cursor))
