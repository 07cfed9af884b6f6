"""The lower bound of a parcel's cost: read claim and order, write both, publish to the same topics."""

import asyncio
import base64
from datetime import UTC, datetime
from functools import cache
from typing import Any

import functions_framework.aio
import jiter
from starlette.requests import Request
from starlette.responses import Response

from shared.consumer.entity_documents import document_path
from shared.domain.refs import order_ref
from tests.lab.bench.variants.floor.documents import ITEM_BYTES, fill_keys
from tests.lab.bench.variants.wire import DATABASE, Calls, CommitRequest, name

EVENT = b"x" * 300
ITEM = b"x" * 50
calls = cache(Calls)  # created at the first request, inside the running event loop


@functions_framework.aio.http  # type: ignore[untyped-decorator]  # the framework is untyped
async def handle(request: Request) -> Response:
    """Read, write and publish."""
    body = jiter.from_json(await request.body())
    parcel = jiter.from_json(base64.b64decode(body["message"]["data"]))
    claim = name("processed_messages", parcel["shipmentId"])
    order = name(*document_path(order_ref(parcel["orderId"])).split("/"))
    (found,) = await calls().get(claim, order)
    await calls().commit(_commit(claim, found, parcel))
    await asyncio.gather(
        calls().publish("order-events", parcel["orderId"], EVENT),
        calls().publish("reservation-events", parcel["orderId"], EVENT + ITEM * len(parcel["items"])),
    )
    return Response(status_code=204)


def _commit(claim: str, found: Any, parcel: dict[str, Any]) -> Any:
    request = CommitRequest(database=DATABASE)
    _fill_claim(request.writes.add(), claim, parcel)
    write = request.writes.add()
    write.update.name = found.name
    fields = write.update.fields
    fields.MergeFrom(found.fields)
    _ship(fields, parcel)
    write.current_document.update_time.CopyFrom(found.update_time)
    return request


def _fill_claim(write: Any, claim: str, parcel: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    write.update.name = claim
    fields = write.update.fields
    for each in ("scope", "key", "fingerprint", "messageId"):
        fields[each].string_value = "0" * 32
    for _ in range(2):
        fields["eventIds"].array_value.values.add().string_value = "0" * 32
    size = 420 + ITEM_BYTES * len(parcel["items"])
    fields["events"].map_value.fields["inline"].bytes_value = bytes(size)
    fill_keys(fields, parcel["orderId"], parcel["orderId"])
    fields["sentAt"].null_value = 0
    fields["processedAt"].timestamp_value.FromDatetime(now)
    fields["expireAt"].timestamp_value.FromDatetime(now)
    write.current_document.exists = False


def _ship(fields: Any, parcel: dict[str, Any]) -> None:
    fields["status"].string_value = "SHIPPED"
    for line, item in zip(fields["lineItems"].array_value.values, parcel["items"], strict=True):
        line.map_value.fields["shipped"].integer_value = item["shippedQty"]
    shipment = fields["shipments"].array_value.values.add().map_value.fields
    for each in ("shipmentId", "trackingNumber", "carrier", "shippedAt"):
        shipment[each].string_value = parcel[each]
    for item in parcel["items"]:
        values = shipment["items"].array_value.values.add().map_value.fields
        values["lineNumber"].integer_value = item["lineNumber"]
        values["sku"].string_value = item["sku"]
        values["quantity"].integer_value = item["shippedQty"]
    entry = fields["history"].array_value.values.add().map_value.fields
    entry["event"].string_value = "order.shipped"
    entry["ref"].string_value = parcel["orderId"]
    fields["version"].integer_value += 1
