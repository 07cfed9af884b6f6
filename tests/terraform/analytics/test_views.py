"""Each view gives the exact answer, whichever way the events arrive."""

from typing import Any

from tests.terraform.analytics.answers import LAST_WEEK, OLD, RECENT, YESTERDAY, answer, moment
from tests.terraform.analytics.arrivals import Arrangement, arriving, created, event, moved, units


@arriving
def test_each_event_is_kept_once(arrive: Arrangement) -> None:
    """Repeated deliveries have the same eventId."""
    rows = answer("distinct_events", arrive, created("A", OLD), created("B", OLD))
    assert sorted(each["orderId"] for each in rows) == ["A", "B"]


@arriving
def test_of_an_event_that_a_restore_repeated_the_higher_version_is_kept(arrive: Arrangement) -> None:
    """The order waited again after the restore, so its allocation came after that."""
    again = {"orderId": "A", "occurredAt": OLD}
    assert answer(
        "open_orders",
        arrive,
        created("A", OLD),
        event("order.allocated", "A", orderVersion=2, **again),
        event("order.backordered", "A", orderVersion=100_000, **again),
        event("order.allocated", "A", orderVersion=100_001, **again),
    ) == [_open("ALLOCATED", "7 days or more", 1, OLD)]


@arriving
def test_open_orders_by_status_and_age(arrive: Arrangement) -> None:
    """The furthest status counts; orders that ended do not, and an age ends exactly at its last hour."""
    assert answer(
        "open_orders",
        arrive,
        created("created", RECENT),
        created("a day old", YESTERDAY),
        created("waiting", LAST_WEEK),
        moved("order.backordered", "waiting", 2),
        created("allocated after it waited", OLD),
        moved("order.backordered", "allocated after it waited", 2),
        moved("order.allocated", "allocated after it waited", 3),
        created("released", OLD),
        moved("order.allocated", "released", 2),
        moved("order.released", "released", 3),
        moved("order.backordered", "released", 4),
        created("partly shipped", OLD),
        moved("order.allocated", "partly shipped", 2),
        moved("order.partially_shipped", "partly shipped", 3),
        moved("order.released", "partly shipped", 4),
        created("shipped", OLD),
        moved("order.partially_shipped", "shipped", 2),
        moved("order.shipped", "shipped", 3),
        created("cancelled", OLD),
        moved("order.cancelled", "cancelled", 2),
        moved("order.allocated", "not created yet", 2),
    ) == [
        _open("ALLOCATED", "7 days or more", 1, OLD),
        _open("BACKORDERED", "3 to 7 days", 1, LAST_WEEK),
        _open("CREATED", "1 to 3 days", 1, YESTERDAY),
        _open("CREATED", "under 1 day", 1, RECENT),
        _open("PARTIALLY_SHIPPED", "7 days or more", 1, OLD),
        _open("RELEASED", "7 days or more", 1, OLD),
    ]


def _open(status: str, age: str, orders: int, oldest: str) -> dict[str, Any]:
    return {"status": status, "age": age, "orders": orders, "oldestOrderedAt": moment(oldest)}


def _waits(order: str, version: int, *items: dict[str, Any], since: str = OLD) -> bytes:
    return moved("order.backordered", order, version, items=list(items), backorderedAt=since)


@arriving
def test_backorders_by_location_and_sku(arrive: Arrangement) -> None:
    """Units count until the order got the last of them, or their line or the order is closed."""
    assert answer(
        "backorders",
        arrive,
        created("two lines", OLD, lines=2),
        _waits("two lines", 2, units(1, "SKU-1", 3), units(2, "SKU-2", 5)),
        created("more later", OLD),
        _waits("more later", 2, units(1, "SKU-1", 2), since=LAST_WEEK),
        _waits("more later", 3, units(1, "SKU-1", 1), since=RECENT),
        created("elsewhere", OLD, location="LOC-2"),
        _waits("elsewhere", 2, units(1, "SKU-1", 7)),
        created("got it", OLD),
        _waits("got it", 2, units(1, "SKU-1", 100)),
        moved("order.allocated", "got it", 3),
        created("waits again", OLD),
        _waits("waits again", 2, units(1, "SKU-3", 100)),
        moved("order.allocated", "waits again", 3),
        _waits("waits again", 4, units(1, "SKU-3", 1)),
        created("cancelled", OLD),
        moved("order.cancelled", "cancelled", 2),
        _waits("cancelled", 3, units(1, "SKU-1", 100)),
        created("line cancelled", OLD, lines=2),
        moved("order.lines_cancelled", "line cancelled", 2, lineNumbers=[1, 3]),
        _waits("line cancelled", 3, units(1, "SKU-1", 100), units(2, "SKU-2", 1)),
        created("line closed by a shortage", OLD),
        _waits("line closed by a shortage", 2, units(1, "SKU-1", 100)),
        moved(
            "order.shorted",
            "line closed by a shortage",
            3,
            resolution="CANCEL_LINE",
            items=[{"lineNumber": 1, "sku": "SKU-1", "shortQty": 100}],
        ),
        created("replaced", OLD),
        _waits("replaced", 2, units(1, "SKU-1", 100)),
        moved("order.substituted", "replaced", 3, lineNumber=1, originalSku="SKU-1", substituteSku="SKU-4"),
        _waits("replaced", 4, units(1, "SKU-4", 1)),
    ) == [
        _missing("LOC-1", "SKU-1", 2, 6, OLD),
        _missing("LOC-1", "SKU-2", 2, 6, OLD),
        _missing("LOC-1", "SKU-3", 1, 1, OLD),
        _missing("LOC-1", "SKU-4", 1, 1, OLD),
        _missing("LOC-2", "SKU-1", 1, 7, OLD),
    ]


def _missing(location: str, sku: str, orders: int, missing: int, since: str) -> dict[str, Any]:
    return {
        "locationId": location,
        "sku": sku,
        "orders": orders,
        "units": missing,
        "waitingSince": moment(since),
    }


@arriving
def test_substitution_and_shortage_rates_by_location(arrive: Arrangement) -> None:
    """A line counts once, however often it was substituted or shorted."""
    twice_short = [{"lineNumber": line, "sku": "SKU", "shortQty": 1} for line in (2, 3)]
    assert answer(
        "line_rates",
        arrive,
        created("A", OLD, lines=6),
        created("B", OLD, lines=2),
        created("C", OLD, lines=5, location="LOC-2"),
        moved("order.substituted", "A", 2, lineNumber=1, originalSku="X", substituteSku="X"),
        moved("order.substituted", "A", 3, lineNumber=1, originalSku="X", substituteSku="Y"),
        moved("order.substituted", "B", 2, lineNumber=2, originalSku="X", substituteSku="X"),
        moved("order.shorted", "A", 4, resolution="PARTIAL_SHIP", items=twice_short),
        moved("order.shorted", "A", 5, resolution="PARTIAL_SHIP", items=twice_short[:1]),
    ) == [
        {
            "locationId": "LOC-1",
            "orders": 2,
            "orderedLines": 8,
            "substitutedLines": 2,
            "shortedLines": 2,
            "substitutionRate": 0.25,
            "shortageRate": 0.25,
        },
        {
            "locationId": "LOC-2",
            "orders": 1,
            "orderedLines": 5,
            "substitutedLines": 0,
            "shortedLines": 0,
            "substitutionRate": 0.0,
            "shortageRate": 0.0,
        },
    ]


@arriving
def test_a_shortage_without_its_items_counts_its_lines(arrive: Arrangement) -> None:
    """Above 10,000 lines the event states only how many there are."""
    omitted = {"items": [], "itemsOmitted": True, "lineCount": 12_000}
    (rate,) = answer(
        "line_rates",
        arrive,
        created("A", OLD, lines=16_000),
        moved("order.shorted", "A", 2, resolution="PARTIAL_SHIP", **omitted),
    )
    assert (rate["shortedLines"], rate["shortageRate"]) == (12_000, 0.75)


def _failed(message: str, status: str, at: str, version: str | None = "1.4.0") -> bytes:
    return event(
        "message.failed",
        f"{message}:{status}:{at}",
        failedMessageId=message,
        status=status,
        source="QC-SMF" if version else None,
        version=version,
        originalTopic="order-create",
        occurredAt=at,
    )


@arriving
def test_failed_messages_by_producer_and_version(arrive: Arrangement) -> None:
    """The latest status of each failed message counts; one that names no producer has a row, too."""
    assert answer(
        "failed_messages",
        arrive,
        _failed("open", "FAILED", OLD),
        _failed("resolved", "FAILED", OLD),
        _failed("resolved", "RESOLVED", YESTERDAY),
        _failed("discarded", "FAILED", OLD),
        _failed("discarded", "DISCARDED", OLD),
        _failed("failed again", "FAILED", OLD),
        _failed("failed again", "RESOLVED", LAST_WEEK),
        _failed("failed again", "FAILED", RECENT),
        _failed("older version", "FAILED", OLD, version="1.3.1"),
        _failed("no producer", "FAILED", OLD, version=None),
    ) == [
        _counted("1.3.1", OLD, opened=1),
        _counted("1.4.0", RECENT, opened=2, resolved=1, discarded=1),
        _counted(None, OLD, opened=1),
    ]


def _counted(
    version: str | None, last: str, *, opened: int, resolved: int = 0, discarded: int = 0
) -> dict[str, Any]:
    return {
        "source": "QC-SMF" if version else None,
        "version": version,
        "originalTopic": "order-create",
        "messages": opened + resolved + discarded,
        "openMessages": opened,
        "resolvedMessages": resolved,
        "discardedMessages": discarded,
        "lastChangeAt": moment(last),
    }
