"""Why a substitution is refused (requirements 4.3)."""

from shared.errors import RuleViolation


class OriginalPriceNotPositive(RuleViolation):
    """An increase is measured against a price above zero (requirements 4.3)."""

    slug = "substitution.original_price"

    def __init__(self) -> None:
        super().__init__("originalItem.orderedPrice: must be above zero, as must the line's own")


class OriginalPriceMismatch(RuleViolation):
    """The original price is the order's, not the sender's."""

    slug = "substitution.price_mismatch"

    def __init__(self) -> None:
        super().__init__("originalItem.orderedPrice: must equal the line's ordered or current price")


class OverLimit(RuleViolation):
    """A substitute costs at most 20 % more than what was ordered (requirements 4.3)."""

    slug = "substitution.over_limit"

    def __init__(self) -> None:
        super().__init__("substituteItem.adjustedPrice: must not exceed the ordered price by more than 20 %")


class IncreaseMismatch(RuleViolation):
    """What the sender computed must be what the prices say (requirements 4.2)."""

    slug = "substitution.increase_mismatch"

    def __init__(self, field: str) -> None:
        super().__init__(f"priceIncrease.{field}: must be what orderedPrice and adjustedPrice make it")


class TypeMismatch(RuleViolation):
    """A weight adjustment keeps the sku, a replacement changes it."""

    slug = "substitution.type_mismatch"

    def __init__(self) -> None:
        super().__init__(
            "substituteItem.sku: must be the original sku for WEIGHT_ADJUSTMENT, another otherwise"
        )


class NothingToSubstitute(RuleViolation):
    """Units that were shorted or cancelled have no substitute."""

    slug = "substitution.nothing_left"

    def __init__(self) -> None:
        super().__init__("originalItem.lineNumber: must be a line with units left to substitute")


class AlreadyShipped(RuleViolation):
    """Units that left the warehouse stay what they are."""

    slug = "substitution.already_shipped"

    def __init__(self) -> None:
        super().__init__("originalItem.lineNumber: must be a line of which nothing is shipped")
