"""The query for the first orders of a waiting list."""

import msgspec

from shared.consumer.entity_documents import COLLECTIONS, STOCK_ID, stock_id
from shared.domain.refs import Ref
from shared.domain.waiting_list import MAX_ORDERS_SERVED, WaitingList, WaitingOrder
from shared.gcp.firestore.query import Op, Selection, ordered_query
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields


def select_first_waiting(location_id: str, sku: str) -> Selection:
    """Select the orders that wait for a sku, by their dates; of one date, by the names of their documents."""
    by_stock = (STOCK_ID, Op.EQUAL, stock_id(location_id, sku))
    return Selection(collection=COLLECTIONS["waiting_order"], where=(by_stock,), order=("orderedAt",))


async def read_waiting_list(rpc: FirestoreRpc, ref: Ref) -> WaitingList:
    """Read the first places of a waiting list. Raises StoreUnavailable."""
    location_id, sku = ref.key
    found = await rpc.query(ordered_query(select_first_waiting(location_id, sku), MAX_ORDERS_SERVED))
    orders = (msgspec.convert(read_fields(each.fields), WaitingOrder) for each in found)
    return WaitingList(location_id=location_id, sku=sku, orders=tuple(orders))
