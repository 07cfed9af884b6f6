"""Take over the warehouse's count of a sku."""

from datetime import datetime

from shared.domain.decision import STALE, Decision, State
from shared.domain.refs import Ref, stock_ref
from shared.domain.reservation_events import freed_events
from shared.domain.reservation_step import find_stock
from shared.domain.value import Value


class UpdateStock(Value):
    """The warehouse's count: the units at the location at that time, whether promised to orders or not."""

    update_id: str
    location_id: str
    sku: str
    on_hand: int
    updated_at: datetime


def update_stock(state: State, command: UpdateStock, _now: datetime) -> Decision:
    """Replace the count by a newer one, less what left after it; promised units stay promised.

    Units that are free then go to the orders that wait for them. A count is stale where a newer one is
    stored, or where departures after it are no longer remembered. Of two counts of the same moment the
    greater one holds, whichever comes first: units that it promised to orders stay promised.
    """
    stock = find_stock(state, command.location_id, command.sku)
    at = command.updated_at
    supersedes = (at, command.on_hand) > (stock.updated_at, stock.counted)
    if not (supersedes and stock.knows_departures_since(at)):
        return STALE
    counted = stock.with_count(command.on_hand, at)
    return Decision(changes=(counted,), events=freed_events([counted], cause=command.update_id, at=at))


def counted_stock_refs(command: UpdateStock) -> tuple[Ref, ...]:
    """Name the stock that was counted."""
    return (stock_ref(command.location_id, command.sku),)
