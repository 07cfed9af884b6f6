"""Orders with goods that change in every way: shortages, weights, replacements, cancellations, late counts.

What is drawn can happen: in some order every message is accepted. A request for units that left, which is
refused in one order only, is not drawn.
"""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from shared.domain.order import LinePrice
from tests.lab.stack.demo import messages as write
from tests.unit.domain.interleaving import Message

ORDER_ID = "QC-2024-01-10-000003"
LINES = (
    write.line(1, "SKU-001", 3, 599.99),
    write.line(2, "MEAT-001", 1, 100.00),
    write.line(3, "SKU-002", 4, 50.00),
    write.line(4, "SKU-003", 2, 20.00),
    write.line(5, "SKU-004", 3, 30.00),
)
ORDER = write.order(ORDER_ID, *LINES, customer="CUST-000003")
OTHER_ID = "QC-2024-01-10-000004"
OTHER = write.order(OTHER_ID, write.line(1, "SKU-003", 2, 20.00), customer="CUST-000004")
"""It waits for the same sku as line 4 of the first order."""


def at(clock: str) -> str:
    """Return a time of the order's day."""
    return f"2024-01-10T{clock}:00Z"


def cancel(clock: str, *lines: int, reason: str = "Changed their mind") -> Message:
    """Cancel lines, or the whole order."""
    data = {**write.cancellation(ORDER_ID), "cancelledAt": at(clock), "reason": reason}
    return Message.of("order-cancel", {**data, "lineNumbers": list(lines)} if lines else data)


def short(clock: str, line: int, ordered: int, available: int, resolution: str, **item: Any) -> Message:
    """Short a line."""
    data = write.shortage(ORDER_ID, line, LINES[line - 1]["sku"], ordered, available)
    data |= {"resolution": resolution, "items": [{**data["items"][0], **item}]}
    return Message.of("fulfillment-events", data, "SHORT", at(clock))


def price(clock: str, line: int, sku: str, before: float, after: float, *, to: str | None = None) -> Message:
    """Give a line another price: by its weight, or by the sku that replaces it."""
    data = {
        "orderId": ORDER_ID,
        "substitutionType": "ITEM_REPLACEMENT" if to else "WEIGHT_ADJUSTMENT",
        "originalItem": {"lineNumber": line, "sku": sku, "orderedPrice": before},
        "substituteItem": {"sku": to or sku, "adjustedPrice": after},
        "priceIncrease": {
            "amount": round(after - before, 2),
            "percentage": round((after - before) / before * 100, 1),
            "withinLimit": True,
        },
    }
    return Message.of("order-update", data, "SUBSTITUTION_REQUEST", at(clock))


def ship(clock: str, name: str, *items: tuple[int, str, int], tracking: str = "TH-1") -> Message:
    """Ship a parcel."""
    data = {**write.parcel(ORDER_ID, name, *items, at=at(clock)), "trackingNumber": tracking}
    return Message.of("ship-events", data, "SHIP")


def count(clock: str, sku: str, on_hand: int) -> Message:
    """Count a sku; two counts of the same moment may differ."""
    data = write.count(sku, on_hand, at(clock))
    return Message.of("inventory-update", data | {"updateId": f"{data['updateId']}-{on_hand}"})


SKUS = ("SKU-001", "MEAT-001", "SKU-002", "SKU-003", "SKU-004", "SKU-005", "SKU-006")
COUNTS = [count("09:00", sku, 10) for sku in SKUS]
MONEY = [
    Message.of(
        "payment-authorized",
        {
            **write.authorisation(ORDER_ID, ORDER["totals"]["total"] + 1_000),
            "expiresAt": "2026-02-01T00:00:00Z",  # after the processor's clock
        },
    ),
    Message.of("payment-captured", write.capture(ORDER_ID, 900.00)),
]
RELEASE = Message.of("order-release", write.release(ORDER_ID))


@dataclass(frozen=True)
class Life:
    """What happens to an order.

    Attributes:
        counts: counts that arrive before everything else.
        messages: everything else, in an order in which it can happen.
    """

    counts: list[Message]
    messages: list[Message]


CLOCKS = st.sampled_from(["13:00", "13:10", "13:20", "13:30", "14:10", "14:40"])
RESOLUTIONS = st.sampled_from(["PARTIAL_SHIP", "PARTIAL_SHIP", "BACKORDER", "SUBSTITUTE", "CANCEL_LINE"])


@st.composite
def shortages(draw: st.DrawFn) -> list[Message]:
    """Draw contradicting shortages, some again in other words and at another time, and a substitute."""
    drawn = draw(
        st.lists(
            st.tuples(st.sampled_from([1, 3]), st.integers(0, 2), RESOLUTIONS),
            max_size=4,
            unique_by=lambda each: each,
        )
    )
    messages = []
    for line, available, resolution in drawn:
        ordered = LINES[line - 1]["quantity"]
        messages.append(short(draw(CLOCKS), line, ordered, available, resolution))
        if draw(st.booleans()):
            messages.append(
                short(draw(CLOCKS), line, ordered, available, resolution, reason="Shelf is empty")
            )
    promised = [short(draw(CLOCKS), 5, 3, 0, "SUBSTITUTE")] if draw(st.booleans()) else []
    return messages + promised + ([draw(shortages_of_two_lines())] if draw(st.booleans()) else [])


@st.composite
def shortages_of_two_lines(draw: st.DrawFn) -> Message:
    """Draw one message that shorts lines 1 and 3."""
    clock, resolution = draw(CLOCKS), draw(RESOLUTIONS)
    drawn = [
        short(clock, each, units, draw(st.integers(0, 2)), resolution) for each, units in ((1, 3), (3, 4))
    ]
    data, other = (json.loads(each.data) for each in drawn)
    data["items"] += other["items"]
    return Message.of("fulfillment-events", data, "SHORT", at(clock))


@st.composite
def prices(draw: st.DrawFn, line: int, fewest: int) -> list[Message]:
    """Draw new prices of a line, at any time of the day.

    Each is for the line or for what is left of it, at least `fewest` units, and starts from any price before.
    """
    ordered = LINES[line - 1]
    unit_minor, quantity = round(ordered["unitPrice"] * 100), ordered["quantity"]
    known, messages = [LinePrice(amount_minor=unit_minor * quantity, units=quantity)], []
    for number in range(draw(st.integers(0, 4))):
        units, percent = draw(st.integers(fewest, quantity)), draw(st.sampled_from([-10, 0, 5, 10, 15, 20]))
        before = draw(st.sampled_from(known)).of_units(units)
        after = unit_minor * units * (100 + percent) // 100
        clock = f"{draw(st.integers(12, 14))}:{number:02}"
        messages.append(price(clock, line, ordered["sku"], before / 100, after / 100))
        known.append(LinePrice(amount_minor=after, units=units))
    return messages


def units_left(shortages: list[Message], line: int) -> int:
    """Return the fewest units that shortages leave of a line, but one where they leave none."""
    left: list[int] = [LINES[line - 1]["quantity"]]
    for data in (json.loads(each.data) for each in shortages):
        closes = data["resolution"] in ("PARTIAL_SHIP", "CANCEL_LINE")
        left += [each["availableQty"] for each in data["items"] if closes and each["lineNumber"] == line]
    return max(1, min(left))


@st.composite
def replacements(draw: st.DrawFn) -> tuple[str, list[Message]]:
    """Draw replacements of line 5, some back to a sku it had, weights, shortages; return the last sku."""
    sku, known, messages = "SKU-004", [90.00], []
    for number in range(draw(st.integers(0, 4))):
        to = draw(st.sampled_from(["SKU-004", "SKU-005", "SKU-006"]))
        before, after = draw(st.sampled_from(known)), draw(st.sampled_from([81.00, 90.00, 99.00, 108.00]))
        clock = f"13:{10 * number:02}"
        messages.append(price(clock, 5, sku, before, after, to=None if to == sku else to))
        known.append(after)
        sku = to
        if draw(st.booleans()):
            available = draw(st.integers(0, 2))
            messages.append(short(draw(CLOCKS), 5, 3, available, draw(RESOLUTIONS), sku=to))
    return sku, messages


@st.composite
def parcels(draw: st.DrawFn, last_sku: str, cancelled: list[int]) -> list[Message]:
    """Draw two parcels of lines 1, 2, 3 and 5; of a cancelled line not all units leave."""
    skus = {1: "SKU-001", 2: "MEAT-001", 3: "SKU-002", 5: last_sku}
    most = {number: LINES[number - 1]["quantity"] - (number in cancelled) for number in skus}
    units = {number: draw(st.integers(0, most[number])) for number in skus}
    first = {number: draw(st.integers(0, units[number])) for number in skus}
    second = {number: units[number] - first[number] for number in skus}
    return [
        ship(clock, "SHIP-1", *items, tracking=tracking)
        for clock, tracking, part in (("14:20", "TH-1", first), ("15:00", "TH-2", second))
        if (items := [(number, skus[number], count) for number, count in part.items() if count])
    ]


@st.composite
def late_counts(draw: st.DrawFn, skus: tuple[str, ...]) -> list[Message]:
    """Draw counts, some of too few units, some of the same moment; the last of a sku is enough for all."""
    early = st.tuples(st.sampled_from(skus), st.sampled_from(["12:00", "13:15"]), st.integers(0, 40))
    drawn = draw(st.lists(early, max_size=5, unique=True))
    for sku in sorted({sku for sku, _, _ in drawn}):
        clock = draw(st.sampled_from(["14:30", "15:30"]))
        enough = draw(st.lists(st.integers(20, 40), min_size=1, max_size=2))
        drawn += [(sku, clock, on_hand) for on_hand in enough]
    return [count(clock, sku, on_hand) for sku, clock, on_hand in drawn]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Draw an order's goods; line 4 and another order may wait for one sku, for ever or until a count."""
    scarce, fulfilled, force = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    end = draw(st.sampled_from(["shipped", "shipped", "cancelled", "not found"]))
    allocated = force or fulfilled or not scarce
    cancelled_lines = draw(st.lists(st.sampled_from([1, 3, 4]), max_size=2, unique=True))
    sku, replaced = draw(replacements())
    counted = tuple(each for each in SKUS if each != "SKU-003" or fulfilled)
    endings = {
        "shipped": [RELEASE] if allocated else [],
        "cancelled": [cancel(draw(CLOCKS))],
        "not found": [short(draw(CLOCKS), 3, 4, 1, "CANCEL_ORDER")],
    }
    clock = draw(CLOCKS)
    shorted = draw(shortages())
    line_cancellations = [
        cancel(clock, *sorted(cancelled_lines), reason=each) for each in ("Too late", "Too dear")
    ]
    return Life(
        counts=[count("09:00", each, 0 if scarce and each == "SKU-003" else 10) for each in SKUS],
        messages=[
            Message.of("order-create", ORDER | {"isForceAllocation": force}),
            *([Message.of("order-create", OTHER)] if scarce else []),
            *([count("12:30", "SKU-003", 20)] if scarce and fulfilled else []),
            *MONEY,
            *shorted,
            *draw(prices(1, units_left(shorted, 1))),
            *draw(prices(2, 1)),
            *replaced,
            *draw(late_counts(counted)),
            *(draw(parcels(sku, cancelled_lines)) if allocated or end != "shipped" else []),
            *(line_cancellations if cancelled_lines else []),
            *endings[end],
        ],
    )
