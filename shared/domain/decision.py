"""What a rule returns: the new state, and the events to publish."""

from collections.abc import Mapping
from datetime import datetime
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
    ordered_by: ClassVar[str] = "the order's customerId"
    """What the ordering key is, in words for consumers."""

    ordering_key: Personal


class Event(DomainEvent):
    """Something that happened to an order or its reservation, on `order-events` or `reservation-events`."""

    topic: ClassVar[str] = "order-events"
    once_per_order: ClassVar[bool] = False
    """Published once in an order's life, whatever message causes it: its id derives from the order."""

    order_id: str


class OrderEvent(Event):
    """An event for other systems, on `order-events`: with its time and the order's version after it."""

    id_has_version: ClassVar[bool] = False
    """Its id derives from the version, too: after a restore, messages arrive in another order, and the same
    message may lead to another content. A consumer that drops event ids it has seen must still get that."""

    occurred_at: datetime
    """When it happened in the business, not when it was processed."""
    order_version: int = 0
    """`complete_decision` fills it in. The highest version of an order has its latest state."""


MAX_EVENT_ITEMS = 10_000
"""Lines or items that one event lists: with the longest skus they stay below the 10 MB of a message."""


class Decision(Value):
    """The entities to write, the entities to delete, and the events to publish."""

    changes: tuple[Entity, ...] = ()
    events: tuple[DomainEvent, ...] = ()
    removed: tuple[Ref, ...] = ()
    duplicate: bool = False
    """The entity already has what the message says, although the message has no claim."""
    superseded: bool = False
    """The message has no consequence, but the history shows it, whenever it arrives."""

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to commit."""
        return not self.changes and not self.events and not self.removed

    @property
    def stale(self) -> bool:
        """Return whether the message is older than what is stored, or says nothing new."""
        return self.superseded or (self.empty and not self.duplicate)


STALE = Decision()
"""The message is older than what is stored: nothing changes."""

DUPLICATE = Decision(duplicate=True)
"""The message is recorded already: nothing changes."""
