"""The lines of a stored order are read when a rule looks at them, and written when a rule replaces them."""

import zlib
from typing import Any

import pytest
from msgspec.structs import replace

from shared.consumer import entity_documents as entities
from shared.consumer.entity_documents import LINES_FIELD, StoredLines, read_entity_fields, with_lines_read
from shared.domain.authorize_payment import authorize_payment
from shared.domain.complete_decision import complete_decision
from shared.domain.decision import Decision
from shared.domain.order import Order
from shared.domain.short_order import Resolution, short_order
from shared.gcp.firestore.values import Document, fill_fields, read_fields
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from tests.unit.domain import paying
from tests.unit.domain.fulfilling import EXPIRES_AT, changed, order_of, shortage

CIPHER = Cipher(new_keyset())
ORDER = order_of(("A", 2, 100), ("B", 1, 50), ("C", 4, 25))
PATH = entities.document_path(ORDER.ref)


def stored(order: Order = ORDER) -> tuple[Order, dict[str, Any]]:
    """Write an order, and read it as the store does, with its fields."""
    document = Document()
    fill_fields(document.fields, entities.to_fields(order, PATH, CIPHER)[0])
    fields = read_entity_fields("order", Document.FromString(document.SerializeToString()).fields)
    read = entities.from_fields("order", fields, PATH, CIPHER, None)
    assert isinstance(read, Order)
    return read, fields


def written(before: Order, decision: Decision) -> dict[str, Any]:
    """Return the fields of a changed order."""
    completed = complete_decision({before.ref: before}, decision)
    return entities.to_fields(changed(completed), PATH, CIPHER)[0]


def lines_of(order: Order) -> StoredLines:
    """Return the lines of an order that was read."""
    assert isinstance(order.line_items, StoredLines)
    return order.line_items


def test_a_payment_neither_reads_nor_writes_the_lines() -> None:
    """From the document to the fields of the changed order, no line is converted."""
    order, _ = stored()

    fields = written(order, authorize_payment(order, paying.authorization(1, 400), EXPIRES_AT))

    assert fields[LINES_FIELD] is order.line_items
    assert vars(lines_of(order)).keys() == {"_value"}


def test_a_shortage_writes_the_lines() -> None:
    """What a rule replaced is written as an order without stored lines would be."""
    order, _ = stored()
    command = shortage((2, "B", 1, 0), resolution=Resolution.SUBSTITUTE)

    fields = written(order, short_order(order, command, EXPIRES_AT))

    assert fields[LINES_FIELD] == written(ORDER, short_order(ORDER, command, EXPIRES_AT))[LINES_FIELD]


def test_stored_lines_are_the_lines_that_were_written() -> None:
    """They have their length, order, items, slices, equality and hash."""
    lines = lines_of(stored()[0])

    assert len(lines) == 3
    assert (*lines,) == ORDER.line_items
    assert (lines[1], lines[-2:], lines.index(ORDER.line_items[2])) == (
        ORDER.line_items[1],
        ORDER.line_items[-2:],
        2,
    )
    assert lines == ORDER.line_items
    assert ORDER.line_items == lines
    assert lines == lines_of(stored()[0])
    assert lines != ORDER.line_items[:2]
    assert hash(lines) == hash(ORDER.line_items)


def test_the_order_equals_the_written_one() -> None:
    """Rules and tests compare orders, wherever they come from."""
    assert stored()[0] == ORDER


def test_fields_with_lines_read_are_those_of_the_whole_document() -> None:
    """So changed lines are compared with what is stored, field by field."""
    document = Document()
    fill_fields(document.fields, entities.to_fields(ORDER, PATH, CIPHER)[0])

    assert with_lines_read(read_entity_fields("order", document.fields)) == read_fields(document.fields)


def test_an_order_that_outgrows_its_document_moves_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A payment adds the entry that is too much: the chunks have the lines, which it did not read."""
    order, _ = stored()
    after = replace(order, version=2)
    monkeypatch.setattr(entities, "MAX_INLINE_ITEMS", 2)

    fields, overflow = entities.to_fields(after, PATH, CIPHER)

    assert not fields.keys() & set(entities.OVERFLOW_FIELDS)
    (inline,) = fields["bulk"].values()
    assert not overflow.chunks
    content = zlib.decompress(CIPHER.decrypt(inline, PATH))
    assert entities.from_fields("order", fields, PATH, CIPHER, content) == after
