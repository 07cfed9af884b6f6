"""The queries for failed messages; Terraform has an index for each of them."""

from collections.abc import Sequence
from datetime import datetime

from shared.failed_messages.documents import LISTED_FIELDS, order_key
from shared.failed_messages.model import UNFINISHED, MessageFilter, MessageStatus, Sort
from shared.failed_messages.search_keys import SEARCH_KEYS, derive_search_key
from shared.gcp.firestore.query import DOCUMENT_ID, Condition, Op, Selection
from shared.privacy.customer_keys import CUSTOMER_KEYS

COLLECTION = "failed_messages"
IMPACT_FIELDS = ("orderKey", "amount", "currency", "attributes")
_UNFINISHED = [status.value for status in UNFINISHED]


IDS = Selection(collection=COLLECTION, fields=(DOCUMENT_ID,))
"""All ids, in their order."""


def select_page(wanted: MessageFilter, sort: Sort) -> Selection:
    """Select messages by the time of their latest failure."""
    return _order_by(build_conditions(wanted), "lastFailedAt", descending=sort is Sort.NEWEST)


def build_conditions(wanted: MessageFilter) -> tuple[Condition, ...]:
    """Return the conditions of a filter."""
    equal = {
        "status": wanted.status.value if wanted.status else None,
        "groupId": wanted.group_id,
        "originalSubscription": wanted.subscription,
        "orderKey": order_key(wanted.order_id) if wanted.order_id else None,
        "attributes.source": wanted.source,
        "attributes.version": wanted.version,
    }
    times = (("lastFailedAt", Op.AT_LEAST, wanted.since), ("lastFailedAt", Op.BELOW, wanted.until))
    conditions = [(name, Op.EQUAL, value) for name, value in equal.items()]
    return tuple(each for each in (*conditions, *times) if each[2] is not None)


def select_matching(wanted: MessageFilter) -> Selection:
    """Select the messages of a filter, without an order: they are counted."""
    return Selection(collection=COLLECTION, where=build_conditions(wanted))


def select_since(field: str, at: datetime, group_id: str | None) -> Selection:
    """Select the messages of a group, or all, with a time at or after a moment."""
    group: tuple[Condition, ...] = (("groupId", Op.EQUAL, group_id),) if group_id else ()
    return Selection(collection=COLLECTION, where=(*group, (field, Op.AT_LEAST, at)))


def select_failed_within(group_id: str, start: datetime, end: datetime) -> Selection:
    """Select the messages of a group with their latest failure in a period."""
    return select_matching(MessageFilter(group_id=group_id, since=start, until=end))


def select_notices_due() -> Selection:
    """Select closed messages that their producers have yet to learn of."""
    return Selection(collection=COLLECTION, where=(("noticeDue", Op.EQUAL, True),), fields=LISTED_FIELDS)


def select_unfinished(group_id: str, after: datetime | None) -> Selection:
    """Select the open and replaying messages of a group by publish time, from a time on."""
    where: tuple[Condition, ...] = (("groupId", Op.EQUAL, group_id), ("status", Op.IN, _UNFINISHED))
    if after is not None:
        where = (*where, ("publishTime", Op.AT_LEAST, after))
    return _order_by(where, "publishTime")


def select_automatic_replays(subscription: str, due: Condition) -> Selection:
    """Select the messages of a subscription with an automatic replay, the next due first."""
    where = (("originalSubscription", Op.EQUAL, subscription), ("status", Op.IN, _UNFINISHED), due)
    return _order_by(where, "retryAt")


def select_by_id(identifier: str) -> Selection:
    """Select the messages that have a business id, a correlation id or a message id."""
    return _select_by_keys(SEARCH_KEYS, [derive_search_key(identifier)])


def select_of_customer(keys: list[bytes]) -> Selection:
    """Select the messages about a customer, by the customer's lookup keys."""
    return _select_by_keys(CUSTOMER_KEYS, keys)


def select_impact(group_id: str) -> Selection:
    """Select the fields of a group's open messages that `sum_impact` needs."""
    where = build_conditions(MessageFilter(group_id=group_id, status=MessageStatus.OPEN))
    return Selection(
        collection=COLLECTION, where=where, order=("lastFailedAt",), descending=True, fields=IMPACT_FIELDS
    )


def _select_by_keys(field: str, keys: Sequence[object]) -> Selection:
    """Select by a list of keys; without an order, so that the index of the list alone is enough."""
    where = ((field, Op.CONTAINS_ANY, [*keys]),)
    return Selection(collection=COLLECTION, where=where, fields=LISTED_FIELDS)


def _order_by(where: tuple[Condition, ...], order: str, *, descending: bool = False) -> Selection:
    return Selection(
        collection=COLLECTION, where=where, order=(order,), descending=descending, fields=LISTED_FIELDS
    )
