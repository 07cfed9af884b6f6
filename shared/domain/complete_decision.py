"""What follows from every decision on an order, whichever rule made it.

Every decision passes here before it is committed, so that no rule can skip it.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from shared.domain.decision import Decision, DomainEvent, Entity, Event, OrderEvent, State
from shared.domain.expire_authorizations import without_captured
from shared.domain.order import Order
from shared.domain.order_exception import exception_events
from shared.domain.order_position import order_position, position_event
from shared.domain.payment_exceptions import with_payment_exceptions
from shared.domain.totals import with_totals


def complete_decision(state: State, decision: Decision, min_version: int = 0) -> Decision:
    """Derive exceptions and payment position of every order a decision changes; publish what is new in them.

    Its events get the version of their order, which is at least `min_version`. After a restore orders would
    otherwise repeat versions that consumers have seen with other content, and consumers would ignore them.
    An order that an earlier release stored lacks ordered totals and position; its next change adds both.
    """
    changes: list[Entity] = []
    events: list[Event] = []
    versions: dict[str, int] = {}
    for entity in decision.changes:
        if not isinstance(entity, Order):
            changes.append(entity)
            continue
        before = state.get(entity.ref)
        changed = entity if entity.version >= min_version else replace(entity, version=min_version)
        after, added = _complete(before if isinstance(before, Order) else None, changed)
        changes.append(after)
        events += added
        versions[after.order_id] = after.version
    own = (_with_version(each, versions) for each in decision.events)
    return replace(decision, changes=tuple(changes), events=(*own, *events))


def _with_version(event: DomainEvent, versions: Mapping[str, int]) -> DomainEvent:
    if not isinstance(event, OrderEvent) or event.order_id not in versions:
        return event
    return replace(event, order_version=versions[event.order_id])


def _complete(before: Order | None, changed: Order) -> tuple[Order, list[Event]]:
    priced = changed if changed.ordered_totals else with_totals(changed)
    after = without_captured(with_payment_exceptions(priced))
    position = order_position(after)
    after = replace(after, position=position)
    published = before.position if before else None
    moved = [position_event(after, position)] if position != published else []
    return after, [*moved, *exception_events(before, after)]
