"""One search for everything that has an id: orders, failed messages, groups and customers.

A customer is searched by the encrypted lookup key. A search that finds one is recorded.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.failed_messages.customer_searches import CustomerSearch, CustomerSearches
from shared.failed_messages.errors import NotFound
from shared.failed_messages.failure_groups import FailureGroup, FailureGroups
from shared.failed_messages.model import FailedMessage
from shared.failed_messages.orders import CustomerOrder, Orders
from shared.failed_messages.repository import FailedMessageRepository

MAX_SEARCHED_GROUPS = 200
"""The newest groups that a text is searched in."""

_RECORD_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Everything that a search found; all parts are empty where nothing matches."""

    message_id: str | None = None
    """The failed message with exactly this id."""
    group_id: str | None = None
    """The failure group with exactly this id."""
    order_id: str | None = None
    """The order with exactly this id, or the one that failed messages mention."""
    messages: tuple[FailedMessage, ...] = ()
    """Failed messages with this shipment, tracking number, payment, correlation or message id."""
    customer_orders: tuple[CustomerOrder, ...] = ()
    customer_messages: tuple[FailedMessage, ...] = ()
    groups: tuple[FailureGroup, ...] = ()
    """Groups with this text in their reason, rule, producer or subscription."""

    @property
    def customer(self) -> bool:
        """Return whether the search found a customer."""
        return bool(self.customer_orders or self.customer_messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Search orders, failed messages, groups and customers; every method raises StoreUnavailable."""

    repository: FailedMessageRepository
    failure_groups: FailureGroups
    orders: Orders
    searches: CustomerSearches
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    async def find(self, term: str, *, by: str) -> SearchResult:
        """Search an id, a customer or a text; record the search where it found a customer."""
        found = await self.repeat(term)
        if found.customer:
            search = CustomerSearch(
                id=self.new_id(),
                by=by,
                at=self.clock(),
                orders=len(found.customer_orders),
                messages=len(found.customer_messages),
            )
            await self.searches.record(search)
        return found

    async def repeat(self, term: str) -> SearchResult:
        """Search without a record: the page of a recorded search is loaded again."""
        exists, messages, customer_messages, customer_orders, groups, record = await asyncio.gather(
            self.orders.exists(term),
            self.repository.list_by_id(term),
            self.repository.list_of_customer(term),
            self.orders.list_of_customer(term),
            self._groups_with(term),
            self._find_record_kind(term),
        )
        return SearchResult(
            message_id=term if record == "message" else None,
            group_id=term if record == "group" else None,
            order_id=term if exists else None,
            messages=messages,
            customer_orders=customer_orders,
            customer_messages=customer_messages,
            groups=groups,
        )

    async def _find_record_kind(self, term: str) -> str:
        if not _RECORD_ID.fullmatch(term):
            return ""
        try:
            await self.repository.find(term)
        except NotFound:
            return "group" if await self.failure_groups.find(term) else ""
        return "message"

    async def _groups_with(self, text: str) -> tuple[FailureGroup, ...]:
        groups = (await self.failure_groups.page(limit=MAX_SEARCHED_GROUPS)).items
        return tuple(each for each in groups if text.casefold() in _text(each))


def _text(group: FailureGroup) -> str:
    parts = (group.slug, group.rule, group.source, group.version, group.subscription, group.topic)
    return " ".join(parts).casefold()
