"""The table takes every event and no personal data; its schema follows from the published contracts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from shared.domain.order import OrderStatus
from shared.domain.state_machine import TRANSITIONS
from shared.privacy.field_kinds import FieldKind, field_kind
from tests.lab.contracts.catalogue import messages
from tests.lab.contracts.examples import outgoing_examples
from tests.lab.contracts.files import PUBLISHED
from tests.lab.contracts.table_schema import (
    TABLE_SCHEMA,
    TOPIC,
    WITHHELD,
    ColumnConflict,
    _column,
    _columns,
    table_schema,
)
from tests.terraform.analytics.warehouse import SCHEMA, VIEWS, Refused, row_of

TEXTS = {
    *("eventId", "eventType", "orderId", "shipmentId", "paymentId", "authorizationId", "captureId"),
    *("refundId", "voidAuthorizationIds", "failedMessageId", "originalMessageId", "ref", "sku"),
    *("originalSku", "substituteSku", "shipFromLocationId", "originalTopic", "originalSubscription"),
    *("status", "paymentStatus", "severity", "resolution", "shortType", "substitutionType", "errorType"),
    *("code", "currency", "paymentMethod", "carrier", "source", "version", "detail", "discrepancies"),
}
"""Columns of text: ids of goods and movements, states, names of fields and rules. None is about a person."""


def columns(schema: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield every column, at any depth."""
    for each in schema:
        yield each
        yield from columns(each.get("fields", ()))


def published(kind: str) -> dict[str, Any]:
    """Return the published schema of an event."""
    document: dict[str, Any] = json.loads((PUBLISHED / "outgoing" / f"{kind}.json").read_text())
    return document


EVENTS = sorted(str(each.event_type) for each in messages() if each.topic == TOPIC)


def test_the_schema_follows_from_the_contracts() -> None:
    """A new field of an event needs `make contracts`, which adds its column."""
    assert TABLE_SCHEMA.read_text() == table_schema(messages()), "run make contracts"


def test_no_column_is_personal() -> None:
    """No customer, no free text and no actor, at any depth; and no column is required of any event."""
    names = {each["name"] for each in columns(SCHEMA)}
    assert not {name for name in names if field_kind(name) is FieldKind.PERSONAL}
    assert not names & WITHHELD
    assert {each["mode"] for each in columns(SCHEMA)} == {"NULLABLE", "REPEATED"}


def test_every_text_is_known_to_be_harmless() -> None:
    """A new column of text needs a look: it goes into this list, or its field is withheld."""
    assert {each["name"] for each in columns(SCHEMA) if each["type"] == "STRING"} == TEXTS


def test_what_is_withheld_is_a_field_of_some_event() -> None:
    """The list of withheld fields names nothing that no event has."""
    written = "".join((PUBLISHED / "outgoing" / f"{each}.json").read_text() for each in EVENTS)
    assert not [name for name in WITHHELD if f'"{name}"' not in written]


@pytest.mark.parametrize("kind", EVENTS)
def test_the_table_takes_every_event(kind: str) -> None:
    """The example of each event fits the columns and keeps its id, its type and every harmless field."""
    row = row_of(SCHEMA, outgoing_examples()[kind].data)

    filled = {name for name, value in row.items() if value not in (None, [])}
    given = {name for name, value in outgoing_examples()[kind].data.items() if value not in (None, [])}
    assert filled == given - WITHHELD
    assert {"eventId", "eventType", "occurredAt"} <= filled
    assert "orderVersion" in filled or kind == "message.failed"
    assert published(kind)["properties"]["eventType"]["const"] == kind


def test_a_value_of_another_type_is_refused() -> None:
    """The stand-in for Pub/Sub is strict, or the tests above would prove nothing."""
    for name, value in {"orderVersion": "2", "items": {}, "totals": [], "shipments": [{"items": 1}]}.items():
        with pytest.raises(Refused):
            row_of(SCHEMA, {name: value})


def test_a_personal_field_has_no_column() -> None:
    """A field that its event marks as personal is left out at any depth, as is what is withheld."""
    marked = {"type": "string", "x-personal": True}
    fields = {"customerId": marked, "reason": {"type": "string"}, "sku": {"type": "string"}}
    items = {"type": "array", "items": {"type": "object", "properties": fields}}

    (column,) = _columns([{"properties": {"customerId": marked, "items": items}}])
    assert column["name"] == "items"
    assert column["fields"] == [{"name": "sku", "type": "STRING", "mode": "NULLABLE"}]


def test_two_types_of_one_field_are_refused() -> None:
    """One column cannot hold both: the event has to name its field otherwise."""
    with pytest.raises(ColumnConflict, match="part"):
        _column("part", [{"type": "integer"}, {"type": ["string", "null"]}])


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_names_events_that_exist(view: str) -> None:
    """A misspelt event type would be an empty answer."""
    words = set(VIEWS[view].read_text().replace("'", " ").replace(",", " ").split())
    named = {word for word in words if word.startswith(("order.", "payment.", "message."))}
    assert {word.rstrip(".;") for word in named} <= set(EVENTS)


def test_a_status_only_moves_forward() -> None:
    """The view of open orders takes the furthest status for the present one."""
    rank = {status: number for number, status in enumerate(OrderStatus)}
    for (status, _), cell in TRANSITIONS.items():
        assert not isinstance(cell, OrderStatus) or rank[cell] >= rank[status]
