"""Why the rules say no: each with a slug operators filter by, and a text that names field and rule."""

from shared.errors import Deferred, RuleViolation


class OrderExists(RuleViolation):
    """The order id is taken, though the claim that created it is gone."""

    slug = "order.exists"

    def __init__(self) -> None:
        super().__init__("orderId: an order with this id exists already")


class DuplicateLine(RuleViolation):
    """Line numbers are unique within a message."""

    slug = "order.duplicate_line"

    def __init__(self) -> None:
        super().__init__("lineItems.lineNumber: must be unique within the order")


class TotalsMismatch(RuleViolation):
    """The amounts of an order add up (requirements 2.2)."""

    slug = "order.totals_mismatch"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: must equal {rule}")


class OrderNotFound(Deferred):
    """The order has not arrived yet."""

    slug = "order.not_found"

    def __init__(self) -> None:
        super().__init__("orderId: no order with this id yet")
