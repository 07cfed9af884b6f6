"""Why the warehouse's and the storefront's word on quantities is refused."""

from shared.errors import Deferred, RuleViolation


class UnknownLine(RuleViolation):
    """A message speaks of lines the order has."""

    slug = "line.unknown"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: must be a line of the order")


class SkuMismatch(RuleViolation):
    """A line and its sku belong together."""

    slug = "line.sku_mismatch"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: must be the sku of the order's line")


class OverShipped(RuleViolation):
    """No more leaves the warehouse than was ordered and not shorted or cancelled."""

    slug = "ship.over_shipped"

    def __init__(self) -> None:
        super().__init__("items.shippedQty: must not exceed what is still open on the line")


class SerialCount(RuleViolation):
    """Serial numbers, where there are any, name every unit shipped (requirements 3.2)."""

    slug = "ship.serial_count"

    def __init__(self) -> None:
        super().__init__("items.serialNumbers: must be as many as shippedQty, or none")


class SerialRepeated(RuleViolation):
    """A serial number names one unit of a sku."""

    slug = "ship.serial_repeated"

    def __init__(self) -> None:
        super().__init__("items.serialNumbers: must be unique within the order")


class ShortArithmetic(RuleViolation):
    """The quantities of a shortage add up (requirements 3.3)."""

    slug = "short.arithmetic"

    def __init__(self) -> None:
        super().__init__("items.shortQty: must equal orderedQty - availableQty")


class OrderedQuantityMismatch(RuleViolation):
    """Warehouse and order speak of the same ordered quantity."""

    slug = "short.ordered_mismatch"

    def __init__(self) -> None:
        super().__init__("items.orderedQty: must equal the ordered quantity of the line")


class OverShorted(RuleViolation):
    """No more is missing than is still to be shipped."""

    slug = "short.over_shorted"

    def __init__(self) -> None:
        super().__init__("items.shortQty: must not exceed what is still open on the line")


class NothingToCancel(RuleViolation):
    """Only units that are still to be shipped can be cancelled."""

    slug = "cancel.nothing_open"

    def __init__(self) -> None:
        super().__init__("lineNumbers: must be lines with open units")


class ReleaseNotAuthorized(Deferred):
    """The warehouse may begin once captures and valid authorisations cover what is due."""

    slug = "release.not_authorized"

    def __init__(self) -> None:
        super().__init__("orderId: the payment does not cover the order's total yet")
