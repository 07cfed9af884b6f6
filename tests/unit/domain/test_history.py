"""The history is sorted by time, and at one time by the order's life cycle."""

import shared.domain.allocate_order
import shared.domain.cancel_order
import shared.domain.refund_payment
import shared.domain.release_order
import shared.domain.substitute_item  # noqa: F401 - defines the events, as the others do
from shared.domain.decision import Event
from shared.domain.history import LIFE_CYCLE, sort_history, with_history
from shared.domain.order import HistoryEntry
from tests.unit.domain.fulfilling import NOW, ORDERED_AT, order_of


def entry(event: str, ref: str = "1") -> HistoryEntry:
    """Return an entry of the order's own time."""
    return HistoryEntry(at=ORDERED_AT, event=event, ref=ref)


def test_a_forced_order_is_created_before_it_is_allocated() -> None:
    """Creation and allocation have the same time; the creation comes first."""
    order = order_of(("A", 1, 10))

    assert [each.event for each in order.history] == ["order.created", "order.allocated"]


def test_a_stored_history_in_another_order_is_sorted_again() -> None:
    """Earlier releases sorted entries with the same time by their names; the next change corrects that."""
    order = order_of(("A", 1, 10))
    stored = order.history[::-1]

    assert sort_history(stored) == order.history


def test_entries_with_the_same_time_are_in_the_order_of_the_life_cycle() -> None:
    """The order of arrival does not matter; a type that is not listed comes last."""
    assert [each.event for each in sort_history(map(entry, [*LIFE_CYCLE[::-1], "order.held"]))] == [
        *LIFE_CYCLE,
        "order.held",
    ]


def test_an_entry_is_recorded_once() -> None:
    """The same thing at the same time is one entry, whichever message brings it."""
    order = with_history(order_of(("A", 1, 10)), entry("order.shorted"), now=NOW)

    assert with_history(order, entry("order.shorted"), now=NOW).history == order.history


def test_the_life_cycle_lists_types_of_events() -> None:
    """No entry is misspelt: each is the type of an event."""
    assert set(LIFE_CYCLE) <= _types(Event)


def _types(kind: type[Event]) -> set[str]:
    own = {kind.type} if hasattr(kind, "type") else set()
    return own.union(*map(_types, kind.__subclasses__()))
