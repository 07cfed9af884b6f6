"""Ship by a clock that is an hour ahead."""

from datetime import timedelta

from functions.ship.main import handle
from tests.lab.chaos.conditions.clock import shift_clock

__all__ = ["handle"]

shift_clock(timedelta(hours=1))
