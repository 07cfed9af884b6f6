"""What a rule returns: the new state, and the events to publish."""

from collections.abc import Mapping
from typing import ClassVar

from shared.domain.order import Order
from shared.domain.personal import Personal
from shared.domain.refs import Ref
from shared.domain.reservation import Reservation
from shared.domain.stock import Stock
from shared.domain.value import Value
from shared.domain.waiting_list import WaitingList, WaitingOrder

Entity = Order | Stock | Reservation | WaitingOrder

State = Mapping[Ref, Entity | WaitingList]
"""What a rule read: absent means it does not exist."""


class DomainEvent(Value):
    """Something that happened, published on a topic; every field but the ordering key is its payload."""

    topic: ClassVar[str]
    type: ClassVar[str]

    ordering_key: Personal


class Event(DomainEvent):
    """Something that happened to an order."""

    topic: ClassVar[str] = "order-events"
    once_per_order: ClassVar[bool] = False
    """Published once in an order's life, whatever message causes it: its id derives from the order."""

    order_id: str


class Decision(Value):
    """Entities as they become, entities that end, and the events to publish.

    Without any of them the message was stale: older than what is stored.
    """

    changes: tuple[Entity, ...] = ()
    events: tuple[DomainEvent, ...] = ()
    removed: tuple[Ref, ...] = ()
    duplicate: bool = False
    """The entity has what the message says already, though the message's claim is unknown."""

    @property
    def stale(self) -> bool:
        """Return whether nothing is to be done."""
        return not (self.changes or self.events or self.removed or self.duplicate)


STALE = Decision()
"""Older than what is stored."""

DUPLICATE = Decision(duplicate=True)
"""Recorded already."""
