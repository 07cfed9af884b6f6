"""Substitute a line's goods: the same sku at another weight, or another sku (requirements 4)."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, Event
from shared.domain.freed_stock import freed_stock
from shared.domain.history import with_history
from shared.domain.lines import find_line, lines_by_number
from shared.domain.order import HistoryEntry, Line, Order
from shared.domain.state_machine import Move, next_status
from shared.domain.substitution_price import PriceIncrease, check_price
from shared.domain.totals import with_totals
from shared.domain.value import Value
from shared.domain.violations import AlreadyShipped, NothingToSubstitute, SkuMismatch, TypeMismatch


class SubstitutionType(StrEnum):
    """What kind of substitute the warehouse found."""

    WEIGHT_ADJUSTMENT = "WEIGHT_ADJUSTMENT"
    ITEM_REPLACEMENT = "ITEM_REPLACEMENT"


class SubstituteItem(Value):
    """The warehouse's wish; prices are for the whole line, `content` is a digest of the message."""

    order_id: str
    content: str
    substitution_type: SubstitutionType
    line_number: int
    original_sku: str
    ordered_price_minor: int
    sku: str
    actual_weight_grams: int | None
    adjusted_price_minor: int
    increase: PriceIncrease
    substituted_at: datetime

    @property
    def cause(self) -> str:
        """Tell substitutions of one order apart."""
        return f"substitution:{self.line_number}:{self.content}"


class OrderSubstituted(Event):
    """A line is delivered as something else; amounts are in minor units."""

    type: ClassVar[str] = "order.substituted"

    substitution_type: SubstitutionType
    line_number: int
    original_sku: str
    substitute_sku: str
    ordered_price_minor: int
    adjusted_price_minor: int
    price_difference_minor: int
    substituted_at: datetime


def substitute_item(order: Order, command: SubstituteItem, now: datetime) -> Decision:
    """Replace a line's goods and price where the price rises by 20 % at most (requirements 4.3).

    A weight may be told after the parcel left. Raises IllegalMove, UnknownLine, SkuMismatch,
    TypeMismatch, NothingToSubstitute, AlreadyShipped, OriginalPriceNotPositive, OriginalPriceMismatch,
    OverLimit, IncreaseMismatch.
    """
    next_status(order.status, Move.SUBSTITUTE)
    lines = lines_by_number(order)
    line = find_line(lines, command.line_number, "originalItem.lineNumber")
    _check_line(line, command)
    check_price(line, command.ordered_price_minor, command.adjusted_price_minor, command.increase)
    lines[line.line_number] = _substituted(line, command)
    every = tuple(lines.values())
    entry = HistoryEntry(at=command.substituted_at, event=OrderSubstituted.type, ref=str(command.line_number))
    substituted = with_totals(replace(order, line_items=every))
    changed = with_history(substituted, entry, now=now)
    steps = freed_stock(order, changed, cause=command.cause, at=command.substituted_at)
    return Decision(changes=(changed,), events=(_event(changed, command), *steps))


def _check_line(line: Line, command: SubstituteItem) -> None:
    same = command.sku == command.original_sku
    if command.original_sku != line.sku:
        raise SkuMismatch("originalItem.sku")
    if same is not (command.substitution_type is SubstitutionType.WEIGHT_ADJUSTMENT):
        raise TypeMismatch
    if line.shipped and not same:
        raise AlreadyShipped
    if line.shorted + line.cancelled == line.quantity:
        raise NothingToSubstitute


def _substituted(line: Line, command: SubstituteItem) -> Line:
    return replace(
        line,
        sku=command.sku,
        ordered_sku=line.ordered_sku if command.sku == line.sku else line.ordered_sku or line.sku,
        amount_minor=command.adjusted_price_minor,
        actual_weight_grams=command.actual_weight_grams,
    )


def _event(order: Order, command: SubstituteItem) -> OrderSubstituted:
    return OrderSubstituted(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        substitution_type=command.substitution_type,
        line_number=command.line_number,
        original_sku=command.original_sku,
        substitute_sku=command.sku,
        ordered_price_minor=command.ordered_price_minor,
        adjusted_price_minor=command.adjusted_price_minor,
        price_difference_minor=command.adjusted_price_minor - command.ordered_price_minor,
        substituted_at=command.substituted_at,
    )
