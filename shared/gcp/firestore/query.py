"""Queries and counts over raw protocol buffers, bounded like every other call."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.cloud.firestore_v1.types import firestore, query
from google.protobuf.message import DecodeError

from shared.errors import StoreUnavailable
from shared.gcp.channel import converted
from shared.gcp.firestore.rpc import SERVICE
from shared.gcp.firestore.values import fill

TIMEOUT = 20.0
"""Seconds for one query: counting 100,000 documents takes some, a person waits for it."""

StructuredQuery = query.StructuredQuery.pb()
RunQueryRequest = firestore.RunQueryRequest.pb()
RunQueryResponse = firestore.RunQueryResponse.pb()
AggregationRequest = firestore.RunAggregationQueryRequest.pb()
AggregationResponse = firestore.RunAggregationQueryResponse.pb()
_ASCENDING = query.StructuredQuery.Direction.ASCENDING
_DESCENDING = query.StructuredQuery.Direction.DESCENDING
ID = "__name__"


class BadCursor(ValueError):
    """A cursor that no page of this list gave."""


class Op(Enum):
    """How a field is compared."""

    EQUAL = query.StructuredQuery.FieldFilter.Operator.EQUAL
    AT_MOST = query.StructuredQuery.FieldFilter.Operator.LESS_THAN_OR_EQUAL
    AT_LEAST = query.StructuredQuery.FieldFilter.Operator.GREATER_THAN_OR_EQUAL
    IN = query.StructuredQuery.FieldFilter.Operator.IN
    BELOW = query.StructuredQuery.FieldFilter.Operator.LESS_THAN
    CONTAINS_ANY = query.StructuredQuery.FieldFilter.Operator.ARRAY_CONTAINS_ANY


Condition = tuple[str, Op, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Documents of one collection: which, in which order, and which of their fields."""

    collection: str
    where: tuple[Condition, ...] = ()
    order: tuple[str, ...] = ()
    """Fields to order by, all in one direction; the id decides between equals."""
    descending: bool = False
    fields: tuple[str, ...] = ()
    """Field paths to read; all of them where empty."""
    anywhere: bool = False
    """Read the collections of this name under any document."""


class FirestoreQueries:
    """Run queries relative to one database."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        project: str,
        database: str = "(default)",
        metadata: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Speak to `database` of `project` over a channel; `metadata` goes with every call."""
        name = f"projects/{project}/databases/{database}"
        self._parent = f"{name}/documents"
        self._metadata = (
            ("google-cloud-resource-prefix", name),
            to_grpc_metadata({"database": name}),
            *metadata,
        )
        self._run = channel.unary_stream(
            SERVICE + "RunQuery",
            request_serializer=RunQueryRequest.SerializeToString,
            response_deserializer=RunQueryResponse.FromString,
        )
        self._aggregate = channel.unary_stream(
            SERVICE + "RunAggregationQuery",
            request_serializer=AggregationRequest.SerializeToString,
            response_deserializer=AggregationResponse.FromString,
        )

    async def page(
        self, selection: Selection, limit: int, cursor: str | None = None, *, under: str = ""
    ) -> tuple[list[Any], str | None]:
        """Read up to `limit` documents after a cursor, and say where the next begin: None at the end.

        `under` is the path of the document whose subcollection is read. Raises BadCursor,
        StoreUnavailable.
        """
        asked = _structured(selection)
        _order(asked, selection)
        asked.limit.value = limit + 1
        if cursor:
            _start_after(asked, cursor)
        parent = f"{self._parent}/{under}".rstrip("/")
        found = await self._documents(RunQueryRequest(parent=parent, structured_query=asked))
        more = len(found) > limit
        return found[:limit], _cursor(selection, found[limit - 1]) if more else None

    async def count(self, selection: Selection) -> int:
        """Count documents on the server. Raises StoreUnavailable."""
        request = AggregationRequest(parent=self._parent)
        aggregation = request.structured_aggregation_query
        aggregation.structured_query.CopyFrom(_structured(selection))
        aggregation.aggregations.add(alias="count").count.SetInParent()
        answers = self._aggregate(request, timeout=TIMEOUT, metadata=self._metadata)
        try:
            return sum([each.result.aggregate_fields["count"].integer_value async for each in answers])
        except grpc.aio.AioRpcError as error:
            raise converted(error, StoreUnavailable) from None

    async def _documents(self, request: Any) -> list[Any]:
        answers = self._run(request, timeout=TIMEOUT, metadata=self._metadata)
        try:
            return [each.document async for each in answers if each.HasField("document")]
        except grpc.aio.AioRpcError as error:
            raise _malformed(error) from None


def _malformed(error: grpc.aio.AioRpcError) -> Exception:
    if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
        return BadCursor("cursor: belongs to another list")
    return converted(error, StoreUnavailable)


def _structured(selection: Selection) -> Any:
    asked = StructuredQuery()
    asked.from_.add(collection_id=selection.collection, all_descendants=selection.anywhere)
    for path in selection.fields:
        asked.select.fields.add(field_path=path)
    _fill_where(asked, selection.where)
    return asked


def _order(asked: Any, selection: Selection) -> None:
    """Say in full what the order is, or a cursor would have no place in it."""
    direction = _DESCENDING if selection.descending else _ASCENDING
    for path in (*selection.order, ID):
        asked.order_by.add(direction=direction).field.field_path = path


def _fill_where(asked: Any, conditions: Sequence[Condition]) -> None:
    if not conditions:
        return
    composite = asked.where.composite_filter
    composite.op = query.StructuredQuery.CompositeFilter.Operator.AND
    for path, op, value in conditions:
        condition = composite.filters.add().field_filter
        condition.field.field_path = path
        condition.op = op.value
        fill(condition.value, value)


def _cursor(selection: Selection, document: Any) -> str:
    """Write down where a page ended: its last document's place in the order."""
    last = query.Cursor.pb()()
    for path in selection.order:
        last.values.add().CopyFrom(document.fields[path])
    last.values.add().reference_value = document.name
    return base64.urlsafe_b64encode(last.SerializeToString()).decode()


def _start_after(asked: Any, cursor: str) -> None:
    try:
        asked.start_at.ParseFromString(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, DecodeError, ValueError):
        raise BadCursor("cursor: is not one of this list's") from None
    asked.start_at.before = False
