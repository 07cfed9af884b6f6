"""The lower bound of an order's cost: parse, commit the same documents, publish to the same topics.

No validation, no rules, no claim logic and no encryption; placeholder bytes replace their results.
"""

import asyncio
import base64
from datetime import UTC, datetime
from functools import cache
from typing import Any

import functions_framework.aio
import jiter
from starlette.requests import Request
from starlette.responses import Response

from tests.lab.bench.variants.floor.documents import fill_claim, fill_order
from tests.lab.bench.variants.wire import DATABASE, Calls, CommitRequest, name

EVENT = b"x" * 260
ITEM = b"x" * 50
calls = cache(Calls)  # created at the first request, inside the running event loop


@functions_framework.aio.http  # type: ignore[untyped-decorator]  # the framework is untyped
async def handle(request: Request) -> Response:
    """Write and publish."""
    body = jiter.from_json(await request.body())
    order = jiter.from_json(base64.b64decode(body["message"]["data"]))
    await calls().commit(_commit(order))
    await asyncio.gather(
        calls().publish("order-events", order["customerId"], EVENT, EVENT),
        calls().publish("reservation-events", order["orderId"], EVENT + ITEM * len(order["lineItems"])),
    )
    return Response(status_code=204)


def _commit(order: dict[str, Any]) -> Any:
    now = datetime.now(UTC)
    request = CommitRequest(database=DATABASE)
    for fill, collection in ((fill_claim, "processed_messages"), (fill_order, "orders")):
        write = request.writes.add()
        write.update.name = name(collection, order["orderId"])
        fill(write.update.fields, order, now)
        write.current_document.exists = False
    return request
