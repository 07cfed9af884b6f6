"""What must not depend on the order in which messages arrive: final states, and what was published by then.

What an order requests on its way does depend on it, and so do the answers and the events that a later message
supersedes. What consumers know in the end does not.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from shared.domain.decision import Entity
from shared.domain.order import ENDED_STATUSES, Order
from shared.domain.refs import Ref, order_ref, reservation_ref
from shared.domain.reservation import Reservation, ReservationStatus

EPOCH = datetime.fromtimestamp(0, UTC)
ANSWERS = ("order.allocated", "order.backordered", "reservation.reserved", "reservation.backordered")
SUPERSEDED = {
    "order.partially_shipped",
    "order.shorted",
    "order.substituted",
    "order.lines_cancelled",
    "order.cancelled",
    "order.allocated",
    "order.backordered",
    "order.exception",
    "payment.position_changed",
}
"""Events that may be missing where another message made them pointless; `known` says what remains of them."""

Events = Mapping[str, tuple[str, str, str, Any]]


def final_state(entities: Mapping[Ref, Entity]) -> dict[Ref, object]:
    """Return what is stored, without when and how often it was written."""
    return {ref: _final(entity) for ref, entity in entities.items()}


def without_answers(state: Mapping[Ref, object]) -> dict[Ref, object]:
    """Leave out the answers to requests: a count that comes before the order spares it the wait."""
    return {
        ref: replace(each, history=tuple(entry for entry in each.history if entry.event not in ANSWERS))
        if isinstance(each, Order)
        else each
        for ref, each in state.items()
    }


def _final(entity: Entity) -> object:
    match entity:
        case Order():
            history = tuple(each for each in entity.history if not _answers_a_later_request(each, entity))
            allocation = replace(entity.allocation, answer=0)
            written = {"created_at": EPOCH, "updated_at": EPOCH, "version": 0}
            return replace(entity, **written, history=history, allocation=allocation)
        case Reservation():
            claims = ((each.line_number, each.sku, each.wanted, each.waiting) for each in entity.items)
            return {(line, sku): units for line, sku, *units in claims if any(units)}
        case _:
            return entity


def _answers_a_later_request(entry: Any, order: Order) -> bool:
    return entry.event in ANSWERS and entry.ref != order.order_id


def final_events(events: Events) -> dict[str, object]:
    """Return the events that are published in any order, by id, without what is known at the moment.

    A cancellation that overtakes a parcel may end the order before it: `known_parcels` has them all.
    """
    momentary = {
        "orderVersion": 0,
        "paymentStatus": "",
        "shippedAt": "",
        "occurredAt": "",
        "shipments": [],
        "lines": [],
        "lineCount": 0,
    }
    return {
        event_id: (topic, kind, key, {**payload, **momentary})
        for event_id, (topic, kind, key, payload) in events.items()
        if topic == "order-events" and kind not in SUPERSEDED
    }


def known_parcels(events: Events) -> set[tuple[str, str]]:
    """Return the parcels that consumers know of, each by the one event or the other."""
    parcels = [payload for kind, payload in _payloads(events) if kind == "order.partially_shipped"]
    for kind, payload in _payloads(events):
        parcels += payload["shipments"] if kind == "order.shipped" else []
    return {(each["shipmentId"], each["trackingNumber"]) for each in parcels}


def known_prices(events: Events) -> dict[int, Any]:
    """Return the last substitution that consumers know of each line."""
    made = [payload for kind, payload in _payloads(events) if kind == "order.substituted"]
    made.sort(key=lambda each: each["substitutedAt"])
    return {each["lineNumber"]: each | {"orderVersion": 0} for each in made}


def known_shortages(events: Events) -> dict[int, int]:
    """Return the most units of each line that consumers know not to be delivered."""
    short: dict[int, int] = {}
    for kind, payload in _payloads(events):
        undelivered = kind == "order.shorted" and payload["resolution"] not in ("BACKORDER", "SUBSTITUTE")
        for item in payload["items"] if undelivered else ():
            number = item["lineNumber"]
            short[number] = max(short.get(number, 0), item["shortQty"])
    return short


def known_allocation(events: Events, order_id: str) -> str | None:
    """Return the type of the event that says whether an order waits; None where none does."""
    said = [
        (payload["orderVersion"], kind)
        for kind, payload in _payloads(events)
        if kind in ("order.allocated", "order.backordered") and payload["orderId"] == order_id
    ]
    return max(said, default=(0, None))[1]


def check_known_wait(events: Events, entities: Mapping[Ref, Entity], order_id: str) -> None:
    """Check that consumers know whether an order waits for units, unless the order has ended."""
    order, reservation = entities[order_ref(order_id)], entities[reservation_ref(order_id)]
    assert isinstance(order, Order)
    assert isinstance(reservation, Reservation)
    if order.status not in ENDED_STATUSES:
        waits = reservation.status is ReservationStatus.BACKORDERED
        assert waits is (known_allocation(events, order_id) == "order.backordered")


def last_position(events: Events) -> Any:
    """Return the payment position with the highest version, without the version; None without any."""
    positions = [payload for kind, payload in _payloads(events) if kind == "payment.position_changed"]
    last = max(positions, key=lambda each: each["orderVersion"], default=None)
    return last and {**last, "orderVersion": 0}


def _payloads(events: Events) -> list[tuple[str, Any]]:
    """Return the type and the content of each event, without its id: several causes may state the same."""
    return [(kind, payload | {"eventId": ""}) for _, kind, _, payload in events.values()]
