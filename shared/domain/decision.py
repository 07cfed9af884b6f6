"""What a rule answers with: the new state, and what to tell the world."""

from collections.abc import Mapping
from typing import ClassVar

from shared.domain.order import Order
from shared.domain.personal import Personal
from shared.domain.refs import Ref
from shared.domain.stock import Reservation, Stock
from shared.domain.value import Value

Entity = Order | Stock | Reservation

State = Mapping[Ref, Entity]
"""What a rule read: absent means it does not exist."""


class Event(Value):
    """Something that happened, told on a topic; every field but the ordering key is its payload."""

    topic: ClassVar[str] = "order-events"
    type: ClassVar[str]
    once_per_order: ClassVar[bool] = False
    """Told once in an order's life, by whichever message brings it about: its id derives from the order."""

    ordering_key: Personal
    order_id: str


class Decision(Value):
    """Entities as they become, and the events that tell of it.

    Without changes and events the message was stale: older than what is stored.
    """

    changes: tuple[Entity, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def stale(self) -> bool:
        """Say whether nothing is to be done."""
        return not self.changes and not self.events


STALE = Decision()
"""Older than what is stored."""
