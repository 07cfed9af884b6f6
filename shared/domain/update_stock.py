"""Take over the warehouse's count of a sku."""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.decision import STALE, Decision, State
from shared.domain.refs import Ref, stock_ref
from shared.domain.stock import Stock
from shared.domain.value import Value


class UpdateStock(Value):
    """The warehouse's count: so many units were at the location at that time, promised or not."""

    update_id: str
    location_id: str
    sku: str
    on_hand: int
    updated_at: datetime


def update_stock(state: State, command: UpdateStock, _now: datetime) -> Decision:
    """Replace the count by a newer one; what is promised stays promised.

    A count that is not newer than the one stored is stale.
    """
    stock = state.get(_ref(command))
    if not isinstance(stock, Stock):
        return Decision(changes=(_first_count(command),))
    if command.updated_at <= stock.updated_at:
        return STALE
    return Decision(changes=(replace(stock, on_hand=command.on_hand, updated_at=command.updated_at),))


def counted_stock_refs(command: UpdateStock) -> tuple[Ref, ...]:
    """Name the stock that was counted."""
    return (_ref(command),)


def _ref(command: UpdateStock) -> Ref:
    return stock_ref(command.location_id, command.sku)


def _first_count(command: UpdateStock) -> Stock:
    return Stock(
        location_id=command.location_id,
        sku=command.sku,
        on_hand=command.on_hand,
        reserved=0,
        updated_at=command.updated_at,
    )
