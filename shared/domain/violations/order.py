"""Why an order is refused as a whole, or not yet possible."""

from shared.errors import Deferred, RuleViolation


class OrderExists(RuleViolation):
    """The order id is taken, though the claim that created it is gone."""

    slug = "order.exists"

    def __init__(self) -> None:
        super().__init__("orderId: an order with this id exists already")


class DuplicateLine(RuleViolation):
    """A message has a line number twice."""

    slug = "order.duplicate_line"

    def __init__(self) -> None:
        super().__init__("lineItems.lineNumber: must be unique within the order")


class TotalsMismatch(RuleViolation):
    """The amounts of an order do not add up (requirements 2.2)."""

    slug = "order.totals_mismatch"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: must equal {rule}")


class OrderNotFound(Deferred):
    """The order has not arrived yet."""

    slug = "order.not_found"

    def __init__(self) -> None:
        super().__init__("orderId: no order with this id yet")


class IllegalMove(RuleViolation):
    """The order's status rules the move out for good; the slug names both."""

    slug = "order.illegal"

    def __init__(self, status: str, move: str) -> None:
        super().__init__("orderId: the order's status does not allow this any more")
        self.slug = f"order.illegal.{status.lower()}.{move}"


class MoveTooEarly(Deferred):
    """The order's status does not allow the move yet; the slug names both."""

    slug = "order.too_early"

    def __init__(self, status: str, move: str) -> None:
        super().__init__("orderId: the order's status does not allow this yet")
        self.slug = f"order.too_early.{status.lower()}.{move}"
