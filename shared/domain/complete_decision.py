"""What follows from every decision on an order, whichever rule made it.

Every decision passes here before it is committed, so that no rule can forget it.
"""

from msgspec.structs import replace

from shared.domain.decision import Decision, Event, State
from shared.domain.order import Order
from shared.domain.order_exception import exception_events


def complete_decision(state: State, decision: Decision) -> Decision:
    """Add the events of exceptions that a rule recorded on an order."""
    orders = [each for each in decision.changes if isinstance(each, Order)]
    added = [event for order in orders for event in _events(state, order)]
    return replace(decision, events=(*decision.events, *added)) if added else decision


def _events(state: State, after: Order) -> tuple[Event, ...]:
    before = state.get(after.ref)
    return exception_events(before if isinstance(before, Order) else None, after)
