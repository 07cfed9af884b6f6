"""Substitute a line's goods: the same sku at another weight, or another sku (requirements 4)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import DUPLICATE, Decision, Event, OrderEvent
from shared.domain.freed_stock import freed_stock, introduce_sku
from shared.domain.line_shortages import backordered_units
from shared.domain.lines import find_line, known_skus, lines_by_number, other_sku
from shared.domain.order import HistoryEntry, Line, Order
from shared.domain.order_change import apply_change
from shared.domain.payment import Payment, to_minor
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
from shared.domain.violations import (
    AlreadyShipped,
    IncreaseMismatch,
    OriginalPriceNotPositive,
    TypeMismatch,
)
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
        return f"{self.former_cause}:{self.substituted_at.isoformat()}"

    @property
    def former_cause(self) -> str:
        """Return the id that earlier versions used."""
        return f"substitution:{self.line_number}:{self.content}"


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
    history only, and so does one of a line that is not delivered. A weight may come after the parcel.

    Raises IllegalMove, UnknownLine, SkuMismatch, SkuTooEarly, TypeMismatch, AlreadyShipped,
    OriginalPriceNotPositive, OriginalPriceMismatch, OriginalPriceTooEarly, OverLimit, IncreaseMismatch,
    TooManyDecimals.
    """
    next_status(order.status, Move.SUBSTITUTE)
    lines = lines_by_number(order)
    line = find_line(lines, command.line_number, "originalItem.lineNumber")
    prices = _prices(order.payment, command)
    raise_all(find_violations(command))
    check_increase(line, prices)
    holds = _version(command, prices) > _present_version(order, line)
    after = _substituted(line, command, prices) if holds else _with_former_skus(line, line.sku, command)
    lines[line.line_number] = after
    entry = HistoryEntry(at=command.substituted_at, event=OrderSubstituted.type, ref=str(line.line_number))
    if after == line and entry in order.history:
        return DUPLICATE
    changed, _ = apply_change(order, replace(order, line_items=tuple(lines.values())), entry, now=now)
    stock = _stock(order, changed, line, command)
    if not holds or not line.kept_quantity:
        return Decision(changes=(changed,), events=stock, superseded=True)
    return Decision(changes=(changed,), events=(_event(changed, after, command, prices), *stock))


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


_NEVER = datetime.min.replace(tzinfo=UTC)
"""The time of the present substitution of a line without one."""

_Version = tuple[datetime, str, int, int]
"""Orders two substitutions of a line: by time, then by sku, price and weight."""


def _version(command: SubstituteItem, prices: Prices) -> _Version:
    weight = command.actual_weight_grams or 0
    return command.substituted_at, command.sku, prices.adjusted_minor, weight


def _present_version(order: Order, line: Line) -> _Version:
    """Return the version of the substitution that holds; earlier releases stored only its time."""
    noted = (
        each.at
        for each in order.history
        if each.event == OrderSubstituted.type and each.ref == str(line.line_number)
    )
    at = line.substituted_at or max(noted, default=_NEVER)
    return at, line.sku, line.amount_minor, line.actual_weight_grams or 0


def _substituted(line: Line, command: SubstituteItem, prices: Prices) -> Line:
    """Take over the substitution; its prices, and the sku it starts from, must be those of the line."""
    if command.original_sku not in known_skus(line):
        raise other_sku(line, "originalItem.sku")
    if line.shipped and command.sku != line.sku:
        raise AlreadyShipped
    units = find_priced_units(line, prices)
    replaced = replace(_with_former_skus(line, command.sku, command), sku=command.sku)
    return replace(
        replaced,
        amount_minor=prices.adjusted_minor,
        priced_units=None if units == line.quantity else units,
        actual_weight_grams=command.actual_weight_grams,
        substituted_at=command.substituted_at,
        backordered=line.backordered if command.sku == line.sku else backordered_units(replaced),
    )


def _with_former_skus(line: Line, sku: str, command: SubstituteItem) -> Line:
    """Remember every sku of the line beside `sku`: facts about each may still arrive."""
    every = known_skus(line) | {command.original_sku, command.sku}
    ordered = line.ordered_sku or line.sku
    return replace(
        line,
        ordered_sku=ordered if len(every) > 1 else None,
        former_skus=tuple(sorted(every - {sku, ordered})),
    )


def _stock(order: Order, changed: Order, line: Line, command: SubstituteItem) -> tuple[Event, ...]:
    cause, at = command.cause, command.substituted_at
    events = freed_stock(order, changed, cause=cause, at=at)
    requested = any(isinstance(each, ReservationRequested) for each in events)
    if requested or command.sku in known_skus(line):
        return events
    return (*events, *introduce_sku(order, line, command.sku, cause=cause, at=at))


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
