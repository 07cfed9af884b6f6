"""Why a rule rejects or defers a message: each has a stable slug and a text that names field and rule."""

from shared.domain.violations.fulfillment import (
    DuplicateShortage,
    NothingToCancel,
    OrderedQuantityMismatch,
    OverShipped,
    ReleaseNotAuthorized,
    SerialCount,
    SerialRepeated,
    ShortArithmetic,
    SkuMismatch,
    SkuTooEarly,
    UnknownLine,
)
from shared.domain.violations.order import (
    DuplicateLine,
    IllegalMove,
    MoveTooEarly,
    OrderExists,
    OrderNotFound,
    TotalsMismatch,
)
from shared.domain.violations.payment import (
    CurrencyMismatch,
    ExpiryNotAfterAuthorization,
    NotAuthorized,
    NotCaptured,
    TooManyDecimals,
)
from shared.domain.violations.reservation import NotReserved, ReservationElsewhere, ReservationTooLarge
from shared.domain.violations.substitution import (
    IncreaseMismatch,
    OriginalPriceMismatch,
    OriginalPriceNotPositive,
    OriginalPriceTooEarly,
    OverLimit,
    TypeMismatch,
)

__all__ = [
    "CurrencyMismatch",
    "DuplicateLine",
    "DuplicateShortage",
    "ExpiryNotAfterAuthorization",
    "IllegalMove",
    "IncreaseMismatch",
    "MoveTooEarly",
    "NotAuthorized",
    "NotCaptured",
    "NotReserved",
    "NothingToCancel",
    "OrderExists",
    "OrderNotFound",
    "OrderedQuantityMismatch",
    "OriginalPriceMismatch",
    "OriginalPriceNotPositive",
    "OriginalPriceTooEarly",
    "OverLimit",
    "OverShipped",
    "ReleaseNotAuthorized",
    "ReservationElsewhere",
    "ReservationTooLarge",
    "SerialCount",
    "SerialRepeated",
    "ShortArithmetic",
    "SkuMismatch",
    "SkuTooEarly",
    "TooManyDecimals",
    "TotalsMismatch",
    "TypeMismatch",
    "UnknownLine",
]
