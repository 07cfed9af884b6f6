"""Why a substitution is rejected or deferred (requirements 4.3)."""

from shared.errors import Deferred, RuleViolation


class OriginalPriceNotPositive(RuleViolation):
    """The original price is zero: an increase can't be measured (requirements 4.3)."""

    slug = "substitution.original_price"

    def __init__(self) -> None:
        super().__init__("originalItem.orderedPrice: must be above zero, as must the line's own")


class OriginalPriceMismatch(Deferred):
    """The line never had the original price, unless a substitution that gives it is on its way."""

    slug = "substitution.price_mismatch"

    def __init__(self) -> None:
        super().__init__(
            "originalItem.orderedPrice: must be the ordered price or a later one of the line's units"
        )


class OriginalPriceTooEarly(Deferred):
    """The price is for fewer units than are left: a shortage or cancellation may be on its way."""

    slug = "substitution.price_too_early"

    def __init__(self) -> None:
        super().__init__("originalItem.orderedPrice: is the price of fewer units than are left of the line")


class OverLimit(RuleViolation):
    """A substitute costs over 20 % more than what was ordered (requirements 4.3)."""

    slug = "substitution.over_limit"

    def __init__(self) -> None:
        super().__init__("substituteItem.adjustedPrice: must not exceed the ordered price by more than 20 %")


class IncreaseMismatch(RuleViolation):
    """The sender's amounts contradict each other (requirements 4.2)."""

    slug = "substitution.increase_mismatch"

    def __init__(self, field: str) -> None:
        super().__init__(f"priceIncrease.{field}: must be what orderedPrice and adjustedPrice make it")


class TypeMismatch(RuleViolation):
    """A weight adjustment changes the sku, or a replacement keeps it."""

    slug = "substitution.type_mismatch"

    def __init__(self) -> None:
        super().__init__(
            "substituteItem.sku: must be the original sku for WEIGHT_ADJUSTMENT, another otherwise"
        )
