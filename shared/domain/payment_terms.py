"""When money moves, by payment method."""

import re
from collections.abc import Mapping
from enum import StrEnum


class PaymentTerms(StrEnum):
    """When a payment method takes the money."""

    AUTHORIZE_THEN_CAPTURE = "AUTHORIZE_THEN_CAPTURE"
    """A bank holds the amount, and a capture takes it. Cards, and every method that is not in the table."""
    SALE = "SALE"
    """The amount is captured at once and never authorised."""
    ON_DELIVERY = "ON_DELIVERY"
    """The courier collects the amount: the order is released unpaid."""


_TERMS: Mapping[str, PaymentTerms] = {
    "TRANSFER": PaymentTerms.SALE,
    "BANKTRANSFER": PaymentTerms.SALE,
    "PROMPTPAY": PaymentTerms.SALE,
    "QRPROMPTPAY": PaymentTerms.SALE,
    "COD": PaymentTerms.ON_DELIVERY,
    "CASHONDELIVERY": PaymentTerms.ON_DELIVERY,
}
"""By the name in upper case, without separators: `PromptPay`, `PROMPT_PAY` and `prompt-pay` are one."""

_SEPARATORS = re.compile(r"[^A-Z0-9]")


def find_terms(method: str) -> PaymentTerms:
    """Look up the terms of a payment method."""
    return _TERMS.get(_SEPARATORS.sub("", method.upper()), PaymentTerms.AUTHORIZE_THEN_CAPTURE)
