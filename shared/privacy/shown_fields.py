"""Fields that a reviewer may see without asking: business ids, goods, amounts, times and states.

A field that is not here is masked, so that what a producer adds, misspells or misplaces is hidden until
somebody has thought about it. Left out on purpose: free words (`reason`), who did something (`requestedBy`,
`releasedBy`), and `trackingNumber`, by which a carrier tells an address.
"""

SHOWN_FIELDS = frozenset(
    {
        *("orderId", "shipmentId", "paymentId", "authorizationId", "captureId", "refundId", "updateId"),
        *("reservationId", "locationId", "shipFromLocationId", "carrier", "method", "currency"),
        *("lineNumber", "lineNumbers", "sku", "serialNumbers", "isBundle", "isForceAllocation", "force"),
        *("quantity", "shippedQty", "orderedQty", "availableQty", "shortQty", "onHand"),
        *("unitPrice", "amount", "subTotal", "tax", "shipping", "discount", "total"),
        *("orderedPrice", "adjustedPrice", "orderedWeight", "actualWeight", "percentage", "withinLimit"),
        *("shortType", "resolution", "substitutionType", "status"),
        *("orderDate", "shippedAt", "authorizedAt", "expiresAt", "capturedAt", "refundedAt"),
        *("cancelledAt", "releasedAt", "updatedAt", "occurredAt"),
    }
)
"""By their names on the wire."""
