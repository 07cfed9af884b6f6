"""The inventory function over fakes: what it publishes to itself comes back, in any order."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.digest import digest
from shared.domain.refs import reservation_ref, stock_ref
from shared.domain.reservation import Reservation
from shared.domain.stock import Stock
from shared.domain.waiting_list import WaitingOrder
from shared.errors import Deferred
from tests.unit.consumer.processors import Bench
from tests.unit.functions.function_routes import routes_of

LOCATION = "LOC-BKK-001"
OPENED_AT = datetime(2024, 1, 10, tzinfo=UTC)
TOPICS = {"inventory-update": "inventory-update", "reservation-events": "reservation-events"}
RESERVED, BACKORDERED = "reservation.reserved", "reservation.backordered"
ANSWERS = {RESERVED, BACKORDERED}


def at(minute: int) -> str:
    """Write a time of the day the warehouse opened."""
    return (OPENED_AT + timedelta(minutes=minute)).isoformat()


@dataclass(frozen=True)
class Message:
    """One message to the inventory function."""

    topic: str
    data: Mapping[str, Any]
    event_type: str = ""


def count(sku: str, on_hand: int, minute: int) -> Message:
    """Count a sku."""
    data = {"locationId": LOCATION, "sku": sku, "onHand": on_hand, "updatedAt": at(minute)}
    return Message("inventory-update", {"updateId": f"{sku}:{minute}", **data})


def step(
    status: str, order: str, lines: Iterable[tuple[int, str, int]], minute: int, **fields: Any
) -> Message:
    """Ask for lines (number, sku, quantity), or release them."""
    items = [{"lineNumber": number, "sku": sku, "quantity": units} for number, sku, units in lines]
    data = {"orderId": order, "reservationId": order, "locationId": LOCATION, "status": status}
    return Message(
        "reservation-events", {**data, "items": items, "occurredAt": at(minute), "force": False, **fields}
    )


def request(order: str, *lines: tuple[int, str, int], minute: int = 0, **fields: Any) -> Message:
    """Ask for an order's lines as of its date."""
    return step("REQUESTED", order, lines, minute, **fields)


def cancel(order: str, *lines: tuple[int, str, int], minute: int = 900, reason: str = "CANCELLED") -> Message:
    """Release lines of an order."""
    name = f"{order}:{reason}:{digest(*map(str, lines))}"
    return step("RELEASED", order, lines, minute, reason=reason, reservationId=name)


@dataclass
class Warehouse:
    """The function, and the messages on their way to it.

    Attributes:
        answers: what orders were answered, in order: order id and type.
        steps: messages that took effect, by their kind.
    """

    waiting: list[Message] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)
    _followed: int = 0

    def __post_init__(self) -> None:
        self.bench = Bench(routes=routes_of("inventory"), topics=TOPICS)

    async def take(self, *messages: Message) -> None:
        """Deliver messages in their order, each with everything that follows from it."""
        for message in messages:
            self.waiting.append(message)
            await self.settle()

    async def settle(self) -> None:
        """Deliver everything; what is too early comes again."""
        while self.waiting:
            before = len(self.waiting)
            taken, self.waiting = self.waiting, []
            refused = [each for each in taken if not await self.deliver(each)]
            self.waiting += refused
            assert len(refused) < before, "nothing but deferred messages"

    async def deliver(self, message: Message) -> bool:
        """Deliver one message; return whether it was acknowledged."""
        try:
            await self.bench.process(
                message.data,
                subscription=message.topic,
                attributes={"eventType": message.event_type},
                message_id=digest(json.dumps(message.data)),
            )
        except Deferred:
            return False
        self.steps[message.event_type or message.data.get("status", "count")] += 1
        self._follow()
        return True

    def _follow(self) -> None:
        published = self.bench.publisher.messages[self._followed :]
        self._followed += len(published)
        for each in published:
            kind, data = each.attributes["eventType"], json.loads(each.data)
            if kind in ANSWERS:
                self.answers.append((data["orderId"], kind))
            else:
                self.waiting.append(Message(each.topic, data, kind))

    @property
    def stocks(self) -> dict[str, Stock]:
        """Return the stock of each sku."""
        entities = self.bench.store.entities.values()
        return {each.sku: each for each in entities if isinstance(each, Stock)}

    def stock(self, sku: str) -> tuple[int, int, int]:
        """Return on hand, reserved and waiting units of a sku."""
        found = self.bench.store.entities[stock_ref(LOCATION, sku)]
        assert isinstance(found, Stock)
        return found.on_hand, found.reserved, found.waiting

    def reservation(self, order: str) -> Reservation:
        """Return an order's reservation."""
        found = self.bench.store.entities[reservation_ref(order)]
        assert isinstance(found, Reservation)
        return found

    def check(self) -> None:
        """Compare stock, reservations and waiting lists: all of them say the same of every unit."""
        reserved: Counter[str] = Counter()
        missing: defaultdict[str, set[tuple[str, int | None]]] = defaultdict(set)
        waiting: Counter[str] = Counter()
        places: defaultdict[str, set[tuple[str, int | None]]] = defaultdict(set)
        for entity in self.bench.store.entities.values():
            if isinstance(entity, WaitingOrder):
                places[entity.sku].add((entity.order_id, entity.part))
            if isinstance(entity, Reservation):
                for item in entity.items:
                    reserved[item.sku] += item.set_aside
                    waiting[item.sku] += item.waiting
                    if item.waiting:
                        missing[item.sku].add((entity.order_id, entity.part))
        assert places == missing
        for sku, stock in self.stocks.items():
            assert (stock.reserved, stock.waiting) == (reserved[sku], waiting[sku]), sku
            assert not stock.to_allocate, f"{sku}: units are free while orders wait"
