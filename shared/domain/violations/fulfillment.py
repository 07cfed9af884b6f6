"""Why a message about quantities is refused, or too early."""

from shared.errors import Deferred, RuleViolation


class UnknownLine(RuleViolation):
    """The order has no line of this number."""

    slug = "line.unknown"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: must be a line of the order")


class SkuMismatch(RuleViolation):
    """The line has another sku, and no substitution can change that any more."""

    slug = "line.sku_mismatch"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: must be the sku of the order's line")


class SkuTooEarly(Deferred):
    """The line does not have the sku yet, or no more; a replacement that brings it may be on its way."""

    slug = "line.sku_too_early"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: is not the sku of the order's line yet")


class OverShipped(RuleViolation):
    """A parcel carries more units than the line has."""

    slug = "ship.over_shipped"

    def __init__(self) -> None:
        super().__init__("items.shippedQty: all parcels together must not exceed the ordered quantity")


class SerialCount(RuleViolation):
    """A parcel has serial numbers, but not one per unit (requirements 3.2)."""

    slug = "ship.serial_count"

    def __init__(self) -> None:
        super().__init__("items.serialNumbers: must be as many as shippedQty, or none")


class SerialRepeated(RuleViolation):
    """A serial number appears twice: it names one unit of a sku."""

    slug = "ship.serial_repeated"

    def __init__(self) -> None:
        super().__init__("items.serialNumbers: must be unique within the order")


class ShortArithmetic(RuleViolation):
    """The quantities of a shortage do not add up (requirements 3.3)."""

    slug = "short.arithmetic"

    def __init__(self) -> None:
        super().__init__("items.shortQty: must equal orderedQty - availableQty")


class OrderedQuantityMismatch(RuleViolation):
    """The warehouse states another ordered quantity than the order has."""

    slug = "short.ordered_mismatch"

    def __init__(self) -> None:
        super().__init__("items.orderedQty: must equal the ordered quantity of the line")


class DuplicateShortage(RuleViolation):
    """A shortage names a line twice: each item is a snapshot of its whole line."""

    slug = "short.duplicate_line"

    def __init__(self) -> None:
        super().__init__("items.lineNumber: must be unique within the shortage")


class NothingToCancel(RuleViolation):
    """Everything on the lines left the warehouse: it is too late to cancel."""

    slug = "cancel.nothing_open"

    def __init__(self) -> None:
        super().__init__("lineNumbers: must be lines with open units")


class ReleaseNotAuthorized(Deferred):
    """The warehouse may begin once captures and valid authorisations cover what is due."""

    slug = "release.not_authorized"

    def __init__(self) -> None:
        super().__init__("orderId: the payment does not cover the order's total yet")
