"""SUBSTITUTION_REQUEST on `order-update`: other goods for a line (requirements 4.2)."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from shared.contracts.contract import Contract
from shared.contracts.field_types import Amount, Enumerated, Identifier, LineNumber, SignedAmount, Weight
from shared.contracts.time_types import EventTime
from shared.domain.substitute_item import SubstituteItem, SubstitutionType
from shared.domain.substitution_price import PriceIncrease

_MILLIONTH = Decimal("0.000001")


def _round_percentage(value: Any) -> Decimal:
    """Round what a sender divided; a percentage is compared, never computed with."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic collects ValueErrors only
    try:
        return Decimal(value).quantize(_MILLIONTH)
    except InvalidOperation:
        raise ValueError("must be a percentage") from None


Percentage = Annotated[Decimal, BeforeValidator(_round_percentage)]


class OriginalItem(Contract):
    """What was ordered; `orderedPrice` is the price of the line, or of its units that are left."""

    line_number: LineNumber
    sku: Identifier
    ordered_weight: Weight | None = None
    ordered_price: SignedAmount
    """Must be above zero."""


class ReplacingItem(Contract):
    """What is delivered instead; `adjustedPrice` is the price of the same units as `orderedPrice`."""

    sku: Identifier
    actual_weight: Weight | None = None
    adjusted_price: Amount
    """At most 20 % more than orderedPrice."""


class Increase(Contract):
    """What the sender computed from the two prices."""

    amount: SignedAmount
    """Must equal adjustedPrice - orderedPrice."""
    percentage: Percentage
    """Must equal amount divided by orderedPrice."""
    within_limit: bool
    """Must say whether the increase is at most 20 %."""


class Substitution(Contract):
    """Other goods for a line.

    The message has no id: its line, its content and its time identify it.
    """

    attribute_fields: ClassVar[frozenset[str]] = frozenset({"timestamp"})

    order_id: Identifier
    substitution_type: Enumerated[SubstitutionType]
    original_item: OriginalItem
    substitute_item: ReplacingItem
    price_increase: Increase
    timestamp: EventTime = Field(exclude=True)
    """When it was decided: the latest substitution of a line holds. By default the publish time."""

    def to_command(self) -> SubstituteItem:
        """Return the command that `substitute_item` decides on."""
        return SubstituteItem(
            order_id=self.order_id,
            content=self.fingerprint(),
            substitution_type=self.substitution_type,
            line_number=self.original_item.line_number,
            original_sku=self.original_item.sku,
            ordered_price=self.original_item.ordered_price,
            sku=self.substitute_item.sku,
            actual_weight_grams=self.substitute_item.actual_weight,
            adjusted_price=self.substitute_item.adjusted_price,
            increase=PriceIncrease(
                amount=self.price_increase.amount,
                percentage=self.price_increase.percentage,
                within_limit=self.price_increase.within_limit,
            ),
            substituted_at=self.timestamp,
        )
