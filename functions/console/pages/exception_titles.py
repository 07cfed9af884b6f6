"""What contradicts an order's expectations, or is overdue, in the words of the person on call."""

TITLES = {
    "payment.not_authorized": "Captured without an authorisation",
    "payment.authorization_expired": "Captured after the authorisation expired",
    "payment.over_captured": "Captured more than was authorised",
    "payment.authorized_after_cancellation": "Authorised after the cancellation",
    "payment.captured_after_cancellation": "Captured after the cancellation",
    "payment.authorization_expiring": "Authorisation about to expire, and still needed",
    "payment.capture_overdue": "Shipped, and not captured in time",
    "order.allocation_overdue": "Neither allocated nor backordered in time",
    "ship.after_cancellation": "Shipped after the cancellation",
    "ship.not_allocated": "Shipped although no stock was allocated",
    "ship.shorted_units": "Shipped although it was reported missing",
    "substitution.already_shipped": "Replaced after it was shipped",
    "substitution.overdue": "Promised substitute did not come in time",
}
"""By the stable code of an order's exception."""


def exception_title(code: str) -> str:
    """Return the title of an exception, or its code where it has none."""
    return TITLES.get(code, code)
