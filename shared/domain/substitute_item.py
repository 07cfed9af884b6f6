"""Substitute a line's goods: the same sku at another weight, or another sku (requirements 4)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import DUPLICATE, Decision, Event, OrderEvent
from shared.domain.line_substitutions import (
    Substitution,
    is_newer,
    with_late_replacement,
    with_substitution,
    with_superseded_substitution,
)
from shared.domain.lines import find_line, known_skus, lines_by_number
from shared.domain.order import HistoryEntry, Line, LinePrice, Order, OrderStatus
from shared.domain.order_change import apply_change
from shared.domain.payment import Payment, to_minor
from shared.domain.reservation_changes import derive_reservation_changes, introduce_sku
from shared.domain.reservation_events import ReservationRequested
from shared.domain.state_machine import Move, next_status
from shared.domain.substitution_price import (
    PriceIncrease,
    Prices,
    check_increase,
    find_discrepancies,
    find_priced_units,
)
from shared.domain.value import Value
from shared.domain.violations import IncreaseMismatch, OriginalPriceNotPositive, SkuTooEarly, TypeMismatch
from shared.errors import RuleViolation, raise_all


class SubstitutionType(StrEnum):
    """Whether the sku stays."""

    WEIGHT_ADJUSTMENT = "WEIGHT_ADJUSTMENT"
    ITEM_REPLACEMENT = "ITEM_REPLACEMENT"


class SubstituteItem(Value):
    """A request of the warehouse, amounts in the order's currency.

    `content` is a digest of the message without its time.
    """

    order_id: str
    content: str
    substitution_type: SubstitutionType
    line_number: int
    original_sku: str
    ordered_price: Decimal
    sku: str
    actual_weight_grams: int | None
    adjusted_price: Decimal
    increase: PriceIncrease
    substituted_at: datetime

    @property
    def cause(self) -> str:
        """Return its id within the order: the same content at another time is another substitution."""
        return f"substitution:{self.line_number}:{self.content}:{self.substituted_at.isoformat()}"

    def former_causes(self, _fingerprint: str) -> tuple[str, ...]:
        """Return the id that earlier releases used."""
        return (f"substitution:{self.line_number}:{self.content}",)


class OrderSubstituted(OrderEvent):
    """A line is delivered as something else; amounts are in minor units."""

    type: ClassVar[str] = "order.substituted"

    substitution_type: SubstitutionType
    line_number: int
    original_sku: str
    substitute_sku: str
    priced_units: int
    """How many units of the line the prices are for."""
    ordered_price_minor: int
    adjusted_price_minor: int
    price_difference_minor: int
    discrepancies: tuple[str, ...]
    """Fields of the message that contradict its prices."""
    substituted_at: datetime


def substitute_item(order: Order, command: SubstituteItem, now: datetime) -> Decision:
    """Replace a line's goods and price where the price rises by 20 % at most (requirements 4.3).

    Of several substitutions of a line the one with the latest stated time holds. An earlier one enters the
    history only, and so does one of a cancelled order. One of a closed line is published: a parcel with its
    units may follow, at its price. A weight may come after the parcel. A replacement that comes after the
    parcel does not hold, because units left as another sku. Then the order has an exception until a later
    substitution brings that sku back.

    Raises IllegalMove, UnknownLine, SkuTooEarly, TypeMismatch, OriginalPriceNotPositive,
    OriginalPriceMismatch, OriginalPriceTooEarly, OverLimit, IncreaseMismatch, TooManyDecimals.
    """
    next_status(order.status, Move.SUBSTITUTE)
    lines = lines_by_number(order)
    line = find_line(lines, command.line_number, "originalItem.lineNumber")
    prices = _prices(order.payment, command)
    raise_all(find_violations(command))
    check_increase(line, prices)
    substitution = _substitution(line, command, prices)
    newer = is_newer(line, substitution, _held_since(order, line))
    too_late = newer and line.shipped > 0 and substitution.sku != line.sku
    after = _apply_substitution(line, substitution, newer=newer, too_late=too_late)
    lines[line.line_number] = after
    entry = HistoryEntry(at=command.substituted_at, event=OrderSubstituted.type, ref=str(line.line_number))
    if after == line and entry in order.history:
        return DUPLICATE
    changed, _ = apply_change(order, replace(order, line_items=tuple(lines.values())), entry, now=now)
    reservation_changes = _derive_reservation_changes(order, changed, line, command)
    if too_late or not newer or changed.status is OrderStatus.CANCELLED:
        return Decision(changes=(changed,), events=reservation_changes, superseded=not too_late)
    return Decision(
        changes=(changed,), events=(_event(changed, after, command, prices), *reservation_changes)
    )


def _prices(payment: Payment, command: SubstituteItem) -> Prices:
    return Prices(
        original_minor=to_minor(payment, command.ordered_price, "originalItem.orderedPrice"),
        adjusted_minor=to_minor(payment, command.adjusted_price, "substituteItem.adjustedPrice"),
        increase_minor=to_minor(payment, command.increase.amount, "priceIncrease.amount"),
    )


def find_violations(command: SubstituteItem) -> Iterator[RuleViolation]:
    """Yield every rule that a substitution breaks, whatever its order."""
    same = command.sku == command.original_sku
    if same is not (command.substitution_type is SubstitutionType.WEIGHT_ADJUSTMENT):
        yield TypeMismatch()
    if command.ordered_price <= 0:
        yield OriginalPriceNotPositive()
    if command.increase.amount != command.adjusted_price - command.ordered_price:
        yield IncreaseMismatch("amount")


def _substitution(line: Line, command: SubstituteItem, prices: Prices) -> Substitution:
    """Build the substitution; the line must have, or have had, the price and the sku that it starts from."""
    if command.original_sku not in known_skus(line):
        raise SkuTooEarly("originalItem.sku")
    return Substitution(
        at=command.substituted_at,
        sku=command.sku,
        price=LinePrice(amount_minor=prices.adjusted_minor, units=find_priced_units(line, prices)),
        weight_grams=command.actual_weight_grams or 0,
    )


def _apply_substitution(line: Line, substitution: Substitution, *, newer: bool, too_late: bool) -> Line:
    if too_late:
        return with_late_replacement(line, substitution)
    if newer:
        return with_substitution(line, substitution)
    return with_superseded_substitution(line, substitution)


def _held_since(order: Order, line: Line) -> datetime | None:
    """Return the time of the substitution that holds; an earlier release stored it in the history only."""
    if line.substituted_at or line.late_replacement_at:
        return line.substituted_at
    times = (
        each.at
        for each in order.history
        if each.event == OrderSubstituted.type and each.ref == str(line.line_number)
    )
    return max(times, default=None)


def _derive_reservation_changes(
    order: Order, changed: Order, line: Line, command: SubstituteItem
) -> tuple[Event, ...]:
    cause, at = command.cause, command.substituted_at
    changes = derive_reservation_changes(order, changed, cause=cause, at=at)
    requested = any(isinstance(each, ReservationRequested) for each in changes)
    if requested or command.sku in known_skus(line):
        return changes
    return (*changes, *introduce_sku(order, line, command.sku, cause=cause, at=at))


def _event(order: Order, line: Line, command: SubstituteItem, prices: Prices) -> OrderSubstituted:
    return OrderSubstituted(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=command.substituted_at,
        substitution_type=command.substitution_type,
        line_number=command.line_number,
        original_sku=command.original_sku,
        substitute_sku=command.sku,
        priced_units=line.priced_units or line.quantity,
        ordered_price_minor=prices.original_minor,
        adjusted_price_minor=prices.adjusted_minor,
        price_difference_minor=prices.adjusted_minor - prices.original_minor,
        discrepancies=find_discrepancies(prices, command.increase),
        substituted_at=command.substituted_at,
    )
