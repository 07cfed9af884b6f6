"""Orders with their timelines, without the customer."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from api.message_views import FailedMessageView
from api.views import View
from shared.domain.order import AllocationStatus, OrderStatus
from shared.domain.payment import PaymentStatus
from web.dependencies import Services
from web.roles import Role, require_role

router = APIRouter(tags=["overview"])


class LineView(View):
    """One line; amounts in minor units."""

    line_number: int
    sku: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    payable_minor: int
    shipped: int
    shorted: int
    cancelled: int
    open_quantity: int
    ordered_sku: str | None


class TotalsView(View):
    """What the order costs, in minor units."""

    sub_total_minor: int
    tax_minor: int
    shipping_minor: int
    discount_minor: int
    total_minor: int


class PaymentView(View):
    """How the order is paid, in minor units."""

    method: str
    currency: str | None
    decimals: int
    amount_minor: int


class BalanceView(View):
    """The part of one payment in the position, in minor units."""

    payment_id: str
    authorized_minor: int
    captured_minor: int
    refunded_minor: int
    to_capture_minor: int
    to_void_minor: int
    to_refund_minor: int
    void_authorization_ids: list[str]


class PositionView(View):
    """What is due, what has happened, and what is left to do, in minor units."""

    payment_status: PaymentStatus
    settled: bool
    due_minor: int
    authorized_minor: int
    captured_minor: int
    refunded_minor: int
    to_capture_minor: int
    to_authorize_minor: int
    to_void_minor: int
    to_refund_minor: int
    payments: list[BalanceView]


class ExceptionView(View):
    """A fact that contradicts what the order expected."""

    at: datetime
    code: str
    ref: str


class AllocationView(View):
    """Stock set aside for the order."""

    status: AllocationStatus
    forced: bool


class OrderView(View):
    """An order without what identifies its customer."""

    order_id: str
    status: OrderStatus
    allocation: AllocationView
    ship_from_location_id: str
    ordered_at: datetime
    created_at: datetime
    updated_at: datetime
    released_at: datetime | None
    version: int
    line_items: list[LineView]
    totals: TotalsView
    payment: PaymentView
    position: PositionView
    exceptions: list[ExceptionView]


class TimelineView(View):
    """One event of an order, or one failed message about it."""

    at: datetime
    event: str
    ref: str
    message: FailedMessageView | None = Field(alias="case")


class OrderReviewView(View):
    """An order and its timeline, oldest first; null where only failed messages mention it."""

    order_id: str
    order: OrderView | None
    timeline: list[TimelineView]


@router.get("/orders/{order_id:path}", dependencies=[require_role(Role.VIEWER)])
async def show_order(order_id: str, services: Services) -> OrderReviewView:
    """Show an order with its timeline: its own history, and the failed messages about it."""
    return OrderReviewView.of(await services.orders.find(order_id))
