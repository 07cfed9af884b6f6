"""Messages that a producer should not send but may, each with its outcome."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from tests.messages import PUBLISHED, line, order, order_of

BROKEN = {"orderId": 7}
"""A field that breaks the contract, for rows that test something else."""

INVALID = "contract.invalid"
LONG = "\N{THAI CHARACTER KO KAI}" * 600
"""More than 1,500 bytes, the most a document's id may have."""

MOST_LINES = 100_000
"""Of an order that fits into a message of 10 MB; of the shortest wrong lines 33 times as many do."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A message of `order-create`; `reason` is why it is kept in the end, None where it is an order."""

    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)
    ordering_key: str = ""
    reason: str | None = INVALID


def bad(data: bytes) -> Row:
    """Return a row of data alone."""
    return Row(data=data)


def said(**fields: Any) -> Row:
    """Return an order, some of its fields replaced."""
    return Row(data=json.dumps(order("QC-HOSTILE", **fields)).encode())


def taken(order_id: str) -> Row:
    """Return an order with an id that looks dangerous and is valid."""
    return Row(data=json.dumps(order(order_id)).encode(), reason=None)


def headed(**attributes: str) -> Row:
    """Return a rejected message with attributes that must not keep it from being stored.

    Its data is unique: the same data, published in the same millisecond, would be the same message.
    """
    return Row(data=json.dumps({**BROKEN, "headed": sorted(attributes)}).encode(), attributes=attributes)


def _raw(name: str, value: str) -> Row:
    """Return an order with a field that JSON libraries do not write."""
    return bad(json.dumps(order("QC-HOSTILE", **{name: "@"})).replace('"@"', value).encode())


_ROWS: dict[str, Row] = {
    "not JSON": bad(b"<order/>"),
    "not UTF-8": bad(b'{"orderId": "\xff\xfe"}'),
    "a byte order mark": bad(b"\xef\xbb\xbf" + json.dumps(order("QC-BOM")).encode()),
    "UTF-16": bad(json.dumps(order("QC-UTF16")).encode("utf-16")),
    "attributes only": Row(data=b"", attributes={"source": "QC-SMF"}),
    "truncated JSON": bad(json.dumps(order()).encode()[:-20]),
    "10,000 arrays in one another": bad(b"[" * 10_000 + b"]" * 10_000),
    "10,000 objects in one another": bad(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "900 arrays in a field": _raw("addedLater", "[" * 900 + "]" * 900),
    "a key twice": bad(b'{"orderId": "QC-1", "orderId": "QC-2"}'),
    "1e400": _raw("payment", '{"method": "CC", "amount": 1e400}'),
    "NaN": _raw("payment", '{"method": "CC", "amount": NaN}'),
    "Infinity": _raw("payment", '{"method": "CC", "amount": Infinity}'),
    "minus Infinity": _raw("payment", '{"method": "CC", "amount": -Infinity}'),
    "a huge integer": _raw("payment", '{"method": "CC", "amount": ' + "9" * 400 + "}"),
    "a number of 1,000,000 digits": _raw("payment", '{"method": "CC", "amount": 0.' + "9" * 1_000_000 + "}"),
    "an integer of 1,000,000 digits": _raw("payment", '{"method": "CC", "amount": ' + "9" * 1_000_000 + "}"),
    "a string of 10 MB": said(shipFromLocationId="x" * 9_990_000),
    "100,000 lines that say nothing": _raw("lineItems", "[" + "null," * 99_999 + "null]"),
    "a control character": said(customerId="CUST\x00\x1b[2J"),
    "a right-to-left override": said(shipFromLocationId="LOC-\u202e100-KKB"),
    "half a surrogate pair": bad(rb'{"orderId": "QC-\ud800"}'),
    "an id of 1,800 bytes": said(orderId=LONG),
    "an id that is no text": said(orderId={"__proto__": {"admin": True}}),
    "a time before time": said(orderDate="0001-01-01T00:00:00+14:00"),
    "a time after time": said(orderDate="9999-12-31T23:59:59-14:00"),
    "keys of other languages": bad(b'{"__proto__": {"orderId": "QC-1"}, "constructor": 1}'),
    "an id with slashes": taken("QC/2024/../../orders/1"),
    "an id of dots": taken(".."),
    "a reserved id": taken("__QC-2024__"),
    "an id that traverses paths": taken("../../../../etc/passwd"),
    "an id like a query": taken("'; DROP TABLE orders; --<script>alert(1)</script>"),
    "many lines with sums that add up": Row(
        data=json.dumps(order_of([line(each) for each in range(1, 2_001)], "QC-MANY")).encode(), reason=None
    ),
    "an attribute of 100 kB": headed(note="x" * 100_000),
    "a shown attribute of 5 kB": replace(
        headed(source="\u202e<b>" * 1_000), reason="envelope.unknown_source"
    ),
    "attributes with control characters": headed(**{"a\x00b": "c\r\nSet-Cookie: d"}),
    "attributes by reserved names": headed(**{"__x__": "1", "a.b/c": "2", "eventType": "../SHIP"}),
    "attributes that forge a reason": headed(
        errorType="rejected",
        failureReason="forged",
        originalSubscription="../x",
        originalTopic="payment-captured",
    ),
    "an attribute by a name of 10 kB": headed(**{"n" * 10_000: "x"}),
    "1,000 attributes": headed(**{f"a{number}": "x" for number in range(1_000)}),
    "attempts of 1,000 digits": headed(deliveryAttempts="9" * 1_000),
    "a first publication before time": headed(originalPublishTime="0001-01-01T00:00:00+14:00"),
    "an ordering key of control characters": Row(
        data=json.dumps(BROKEN).encode(), ordering_key="\x00\u202e/../__x__"
    ),
    "an ordering key of 10 kB": Row(data=json.dumps([BROKEN]).encode(), ordering_key="k" * 10_000),
}


def rows(most_lines: int = MOST_LINES) -> dict[str, Row]:
    """Return the messages by what is special about them; the order that is right has `most_lines`."""
    right = order_of([line(each, sku="S") for each in range(1, most_lines + 1)], f"QC-LINES-{most_lines}")
    return {
        **_ROWS,
        "many wrong lines": _raw("lineItems", "[" + "{}," * (33 * most_lines) + "{}]"),
        "many lines": Row(data=json.dumps(right, separators=(",", ":")).encode(), reason=None),
    }


def push_with(project: str, *, subscription: str = "order-create-sub", **message: Any) -> dict[str, Any]:
    """Return a push of a broken order, parts of its message replaced."""
    return {
        "message": {
            "data": "e30=",
            "messageId": "hostile",
            "publishTime": "2024-01-10T10:00:00Z",
            **message,
        },
        "subscription": f"projects/{project}/subscriptions/{subscription}",
        "deliveryAttempt": 1,
    }


def answered_as(answer: aiohttp.ClientResponse, status: int) -> bool:
    """Return whether an answer has a status; beyond the nack budget 204 stands for 422."""
    acknowledged = answer.status == 204 and answer.headers["x-outcome"] == "rejected"
    return answer.status == status or (status == 422 and acknowledged)


def requests(project: str) -> dict[str, tuple[bytes, int]]:
    """Return bodies of requests that Pub/Sub would not send, with the status each is answered with."""
    push = push_with(project)
    written = json.dumps(push)
    bodies: dict[str, tuple[Any, int]] = {
        "nothing": (b"", 400),
        "not UTF-8": (b'{"message": "\xff"}', 400),
        "truncated JSON": (written[:-5].encode(), 400),
        "truncated base64": (push_with(project, data="e30"), 400),
        "no base64": (push_with(project, data="{}"), 400),
        "a message without data": ({**push, "message": {"messageId": "1", "publishTime": PUBLISHED}}, 422),
        "a message of empty data": (push_with(project, data=""), 422),
        "a message that is null": ({**push, "message": None}, 400),
        "10,000 arrays in one another": (b"[" * 10_000, 400),
        "half a surrogate pair in an attribute": (
            written.replace('"messageId"', r'"attributes": {"a": "\ud800"}, "messageId"').encode(),
            400,
        ),
        "attempts beyond all integers": ({**push, "deliveryAttempt": 10**30}, 400),
        "a negative attempt": ({**push, "deliveryAttempt": -1}, 400),
        "published before time": (push_with(project, publishTime="0001-01-01T00:00:00+14:00"), 400),
        "larger than any push": (b" " * 17_000_000, 413),
        "a subscription that is not ours": (push_with(project, subscription="payment-captured-sub"), 422),
        "another project's subscription": (push_with("other-project"), 422),
        "a subscription without a project": ({**push, "subscription": "order-create-sub"}, 422),
        "a subscription with a path": ({**push, "subscription": push["subscription"] + "/../x"}, 422),
    }
    return {
        name: (body if isinstance(body, bytes) else json.dumps(body).encode(), status)
        for name, (body, status) in bodies.items()
    }
