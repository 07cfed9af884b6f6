"""Order creation that takes any message with a known key for a duplicate."""

from typing import Any

from functions.order_create.main import handle
from shared.consumer import processor as process
from shared.consumer.idempotency import Claim
from shared.consumer.routes import CommandContract, Route

__all__ = ["handle"]


def check_duplicate(route: Route[Any], claim: Claim, payload: CommandContract[Any]) -> Claim:
    """Accept the claim without comparing fingerprints."""
    return claim


process._check_duplicate = check_duplicate  # the bug
