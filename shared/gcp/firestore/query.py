"""Queries and counts over raw protocol buffers, bounded in time like every other call."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import grpc.aio
from google.protobuf.message import DecodeError

from shared.errors import StoreUnavailable
from shared.gcp import import_message_types
from shared.gcp.channel import map_grpc_error
from shared.gcp.firestore.rpc import SERVICE, RunQueryRequest, RunQueryResponse, call_metadata
from shared.gcp.firestore.values import fill

types = import_message_types("google.cloud.firestore_v1")
firestore = types.firestore
query = types.query

QUERY_TIMEOUT_S = 20.0
"""Limit of one query: a count of 100,000 documents takes seconds, and a person waits for it."""

StructuredQuery = query.StructuredQuery.pb()
AggregationRequest = firestore.RunAggregationQueryRequest.pb()
AggregationResponse = firestore.RunAggregationQueryResponse.pb()
_ASCENDING = query.StructuredQuery.Direction.ASCENDING
_DESCENDING = query.StructuredQuery.Direction.DESCENDING
DOCUMENT_ID = "__name__"


class BadCursor(ValueError):
    """The cursor does not come from a page of this list."""


class Op(Enum):
    """The operator of a condition."""

    EQUAL = query.StructuredQuery.FieldFilter.Operator.EQUAL
    AT_MOST = query.StructuredQuery.FieldFilter.Operator.LESS_THAN_OR_EQUAL
    AT_LEAST = query.StructuredQuery.FieldFilter.Operator.GREATER_THAN_OR_EQUAL
    IN = query.StructuredQuery.FieldFilter.Operator.IN
    BELOW = query.StructuredQuery.FieldFilter.Operator.LESS_THAN
    CONTAINS_ANY = query.StructuredQuery.FieldFilter.Operator.ARRAY_CONTAINS_ANY


Condition = tuple[str, Op, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A query: the collection, its conditions, the order and the fields to read."""

    collection: str
    where: tuple[Condition, ...] = ()
    order: tuple[str, ...] = ()
    """Fields to order by, all in one direction; the document id breaks ties."""
    descending: bool = False
    fields: tuple[str, ...] = ()
    """Field paths to read beside those of the order; all of them where empty."""
    collection_group: bool = False
    """Query all collections of this name, under any document."""


class FirestoreQueries:
    """Run queries relative to one database."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        project: str,
        database: str = "(default)",
        metadata: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Query `database` of `project` over a channel; every call carries `metadata`."""
        name = f"projects/{project}/databases/{database}"
        self._parent = f"{name}/documents"
        self._metadata = call_metadata(name, metadata)
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
        """Return up to `limit` documents after a cursor, and the cursor of the next page: None at the end.

        `under` is the path of the document that holds a subcollection. Raises BadCursor,
        StoreUnavailable.
        """
        structured = ordered_query(selection, limit + 1)
        if cursor:
            _start_after(structured, cursor)
        parent = f"{self._parent}/{under}".rstrip("/")
        found = await self._documents(RunQueryRequest(parent=parent, structured_query=structured))
        more = len(found) > limit
        return found[:limit], _cursor(selection, found[limit - 1]) if more else None

    async def count(self, selection: Selection) -> int:
        """Count the documents of a selection on the server. Raises StoreUnavailable."""
        request = AggregationRequest(parent=self._parent)
        aggregation = request.structured_aggregation_query
        aggregation.structured_query.CopyFrom(_structured_query(selection))
        aggregation.aggregations.add(alias="count").count.SetInParent()
        answers = self._aggregate(request, timeout=QUERY_TIMEOUT_S, metadata=self._metadata)
        try:
            return sum([each.result.aggregate_fields["count"].integer_value async for each in answers])
        except grpc.aio.AioRpcError as error:
            raise map_grpc_error(error, StoreUnavailable) from None

    def cursor_after(self, path: str) -> str:
        """Return the cursor behind a path in the order of document ids, whether it exists or not."""
        position = query.Cursor.pb()()
        position.values.add().reference_value = f"{self._parent}/{path}"
        return _encode(position)

    async def _documents(self, request: Any) -> list[Any]:
        answers = self._run(request, timeout=QUERY_TIMEOUT_S, metadata=self._metadata)
        try:
            return [each.document async for each in answers if each.HasField("document")]
        except grpc.aio.AioRpcError as error:
            raise _map_query_error(error) from None


def ordered_query(selection: Selection, limit: int) -> Any:
    """Return the query for the first documents of a selection, in its whole order."""
    structured = _structured_query(selection)
    _fill_order(structured, selection)
    structured.limit.value = limit
    return structured


def _map_query_error(error: grpc.aio.AioRpcError) -> Exception:
    if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
        return BadCursor("cursor: belongs to another list")
    return map_grpc_error(error, StoreUnavailable)


def _structured_query(selection: Selection) -> Any:
    structured = StructuredQuery()
    structured.from_.add(collection_id=selection.collection, all_descendants=selection.collection_group)
    if selection.fields:
        for path in dict.fromkeys((*selection.fields, *selection.order)):
            structured.select.fields.add(field_path=path)
    _fill_where(structured, selection.where)
    return structured


def _fill_order(structured: Any, selection: Selection) -> None:
    """Write the whole order, document id included: a cursor needs a value for each of its fields."""
    direction = _DESCENDING if selection.descending else _ASCENDING
    for path in (*selection.order, DOCUMENT_ID):
        structured.order_by.add(direction=direction).field.field_path = path


def _fill_where(structured: Any, conditions: Sequence[Condition]) -> None:
    if not conditions:
        return
    composite = structured.where.composite_filter
    composite.op = query.StructuredQuery.CompositeFilter.Operator.AND
    for path, op, value in conditions:
        condition = composite.filters.add().field_filter
        condition.field.field_path = path
        condition.op = op.value
        fill(condition.value, value)


def _cursor(selection: Selection, document: Any) -> str:
    """Encode the position of a page's last document in the order."""
    last = query.Cursor.pb()()
    for path in selection.order:
        last.values.add().CopyFrom(document.fields[path])
    last.values.add().reference_value = document.name
    return _encode(last)


def _encode(position: Any) -> str:
    return base64.urlsafe_b64encode(position.SerializeToString()).decode()


def _start_after(structured: Any, cursor: str) -> None:
    try:
        structured.start_at.ParseFromString(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, DecodeError, ValueError):
        raise BadCursor("cursor: does not belong to this list") from None
    structured.start_at.before = False
