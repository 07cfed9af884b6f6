"""Orders as the API shows them: without the customer."""

from datetime import datetime

from api.views import CaseView, View
from shared.domain.order import AllocationStatus, OrderStatus
from shared.domain.payment import PaymentStatus


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
    status: PaymentStatus
    currency: str | None
    amount_minor: int
    authorized_minor: int
    captured_minor: int
    refunded_minor: int


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


class TimelineView(View):
    """What happened to the order, or a message that failed."""

    at: datetime
    event: str
    ref: str
    case: CaseView | None


class OrderReviewView(View):
    """An order and its timeline, oldest first; null where only failed messages speak of it."""

    order_id: str
    order: OrderView | None
    timeline: list[TimelineView]
