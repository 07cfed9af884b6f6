"""Order creation that takes any message with a known key for a duplicate."""

from functions.order_create.main import handle
from shared.consumer import processor as process
from shared.consumer.idempotency import Claim

__all__ = ["handle"]


def check_duplicate(message: process._Message, claim: Claim) -> Claim:
    """Accept the claim without comparing fingerprints."""
    return claim


process._check_duplicate = check_duplicate  # the bug
